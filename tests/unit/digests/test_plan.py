"""When an account's digest comes."""

from datetime import date
from typing import Any

import pytest

from errand.digests.plan import Digest, is_paused
from errand.ids import new_id
from errand_testkit.mails import ADA, account

# 2026-11-22T23:30:00Z: the next day in Berlin.
NOW = 1_795_390_200_000


def of(**fields: Any) -> Digest:
    digest = Digest.of(account(**{"digest_time": "07:30", "timezone": "Europe/Berlin"} | fields))
    assert digest
    return digest


def test_only_who_wants_one_has_one() -> None:
    assert Digest.of(account()) is None
    assert of() == Digest(user_id=ADA, at="07:30", zone="Europe/Berlin")


@pytest.mark.parametrize(
    ("at", "expression"),
    [
        ("00:00", "cron(0 0 * * ? *)"),
        ("07:30", "cron(30 7 * * ? *)"),
        ("23:09", "cron(9 23 * * ? *)"),
    ],
)
def test_it_comes_each_day_at_that_time(at: str, expression: str) -> None:
    assert of(digest_time=at).expression == expression


def test_its_schedule_has_another_name_at_another_time_and_in_another_zone() -> None:
    others = [of(digest_time="07:31"), of(timezone="Europe/Paris"), of(id=new_id())]
    names = {one.name for one in (of(), of(digest_paused_until=date(2030, 1, 1)), *others)}
    assert len(names) == 4
    assert all(len(name) <= 64 for name in names)


@pytest.mark.parametrize(
    ("until", "zone", "paused"),
    [
        (None, "UTC", False),
        (date(2026, 11, 22), "UTC", False),
        (date(2026, 11, 23), "UTC", True),
        (date(2026, 11, 23), "Europe/Berlin", False),
        (date(2026, 11, 24), "Europe/Berlin", True),
    ],
)
def test_it_is_paused_up_to_a_day_of_its_zone(
    until: date | None, zone: str, *, paused: bool
) -> None:
    assert is_paused(account(digest_paused_until=until, timezone=zone), now=NOW) is paused
