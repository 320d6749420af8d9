"""The schedule of a digest is what its account asks for, however often it is looked at."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from errand.digests.keeping import DigestKeeper
from errand.digests.plan import Digest
from errand.errors import Contended
from errand.identity.accounts.model import Account
from errand.mails.kinds import decode
from errand.scheduling import ScheduleGroup
from errand_testkit.mails import ADA, account
from errand_testkit.reminding import FakeScheduler
from send_mails import KINDS

QUEUE = "arn:aws:sqs:eu-central-1:123456789012:digests"
WANTED = account(digest_time="07:30", timezone="Europe/Berlin")


class Accounts:
    """`looks`: what is there at each look; the last one stays."""

    def __init__(self, *looks: Account | None) -> None:
        self._looks = [*looks]

    def account(self, user_id: str) -> Account | None:
        assert user_id == ADA
        return self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]


type Follow = Callable[..., None]


@pytest.fixture
def scheduler() -> FakeScheduler:
    return FakeScheduler()


@pytest.fixture
def follow(scheduler: FakeScheduler) -> Follow:
    group = ScheduleGroup(scheduler=scheduler, name="errand", role="role")

    def follow(*looks: Account | None, queue: str = QUEUE) -> None:
        DigestKeeper(accounts=Accounts(*looks), schedules=group, queue=queue).follow(ADA)

    return follow


def names(*accounts: Account) -> list[str]:
    return sorted(digest.name for one in accounts if (digest := Digest.of(one)))


def test_there_is_one_that_comes_each_day_in_the_zone(
    follow: Follow, scheduler: FakeScheduler
) -> None:
    for _ in range(2):
        follow(WANTED)
    [(name, made)] = scheduler.schedules.items()
    assert [name] == names(WANTED)
    assert made["ScheduleExpression"] == "cron(30 7 * * ? *)"
    assert made["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert made["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert made["ActionAfterCompletion"] == "NONE"
    assert made["Target"]["Arn"] == QUEUE


def test_what_it_puts_on_the_queue_asks_for_the_mail(
    follow: Follow, scheduler: FakeScheduler
) -> None:
    follow(WANTED)
    [made] = scheduler.schedules.values()
    kind, request = decode(KINDS, made["Target"]["Input"])
    assert kind.request.kind == "digest"
    assert request.digest == Digest.of(WANTED)


@pytest.mark.parametrize("change", [{"digest_time": "08:00"}, {"timezone": "Asia/Tokyo"}], ids=str)
def test_another_time_or_zone_has_another_one_alone(
    follow: Follow, scheduler: FakeScheduler, change: dict[str, Any]
) -> None:
    follow(WANTED)
    follow(replace(WANTED, **change))
    assert [*scheduler.schedules] == names(replace(WANTED, **change))


@pytest.mark.parametrize("now", [replace(WANTED, digest_time=None), None], ids=["off", "deleted"])
def test_who_wants_none_any_more_has_none(
    follow: Follow, scheduler: FakeScheduler, now: Account | None
) -> None:
    follow(WANTED)
    follow(now)
    assert scheduler.schedules == {}


def test_those_of_others_are_left_alone(follow: Follow, scheduler: FakeScheduler) -> None:
    scheduler.schedules["digest-06h04o2vndpa700bqsem70d6f9-0730-x"] = {}
    follow(account())
    assert len(scheduler.schedules) == 1


def test_a_deployment_that_sends_no_mails_has_none(
    follow: Follow, scheduler: FakeScheduler
) -> None:
    follow(WANTED, queue="")
    assert scheduler.schedules == {}


def test_what_changes_meanwhile_is_followed(follow: Follow, scheduler: FakeScheduler) -> None:
    later = replace(WANTED, digest_time="21:00")
    follow(WANTED, later)
    assert [*scheduler.schedules] == names(later)


def test_what_never_stays_the_same_comes_again(follow: Follow) -> None:
    looks = [replace(WANTED, digest_time=f"07:{minute:02}") for minute in range(10)]
    with pytest.raises(Contended):
        follow(*looks)
