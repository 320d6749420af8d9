"""When a session has ended, and which refresh tokens were ever its own."""

from dataclasses import replace

import pytest

from errand import opaque
from errand.identity.sessions.model import IDLE_SECONDS, LIFETIME_SECONDS, Session
from errand_testkit.people import ADA, NOW
from errand_testkit.stored import new_session

SESSION, FIRST = new_session(ADA, now=NOW)
DAY = 24 * 60 * 60


def _renewed(session: Session, now: int) -> Session:
    return replace(session, last_used_at=now)


def test_session_lives_for_30_days_without_use_and_a_year_in_all() -> None:
    assert (IDLE_SECONDS, LIFETIME_SECONDS) == (30 * DAY, 365 * DAY)


@pytest.mark.parametrize(
    ("used_after", "ends_after"),
    [(0, 30 * DAY), (29 * DAY, 59 * DAY), (335 * DAY, 365 * DAY), (364 * DAY, 365 * DAY)],
)
def test_session_ends_when_it_is_idle_or_old(used_after: int, ends_after: int) -> None:
    session = _renewed(SESSION, NOW + used_after * 1000)
    end = NOW + ends_after * 1000
    assert session.expires_at == end // 1000
    assert not session.has_ended(ADA, now=end - 1)
    assert session.has_ended(ADA, now=end)


@pytest.mark.parametrize(
    ("opened", "kept", "ended"),
    [
        (NOW - 1, None, True),
        (NOW, None, True),
        (NOW + 1, None, False),
        (NOW - 1, SESSION.id, False),
        (NOW, SESSION.id, False),
        (NOW - 1, "another", True),
        (NOW + 1, "another", False),
    ],
    ids=[
        "before",
        "then",
        "after",
        "before, kept",
        "then, kept",
        "before, another kept",
        "after, another kept",
    ],
)
def test_sessions_opened_before_an_instant_have_ended_but_the_one_kept(
    opened: int, kept: str | None, *, ended: bool
) -> None:
    session = replace(SESSION, created_at=opened, last_used_at=NOW + 5)
    account = replace(ADA, sessions_from=NOW, kept_session=kept)
    assert session.has_ended(account, now=NOW + 10) is ended


def test_session_that_was_kept_ends_of_itself() -> None:
    account = replace(ADA, sessions_from=NOW, kept_session=SESSION.id)
    assert SESSION.has_ended(account, now=NOW + IDLE_SECONDS * 1000)


def test_each_token_follows_from_the_one_before() -> None:
    second = SESSION.successor(FIRST)
    assert second == SESSION.successor(FIRST)
    assert second.ids == FIRST.ids
    assert len({FIRST.text, second.text, SESSION.successor(second).text}) == 3


def test_nobody_without_the_seed_computes_the_next_token() -> None:
    other = replace(SESSION, seed=b"another")
    assert other.successor(FIRST) != SESSION.successor(FIRST)


@pytest.mark.parametrize("age", [0, 1, 2, 999])
def test_age_of_a_token_is_how_often_it_was_replaced(age: int) -> None:
    token = FIRST
    for _ in range(age):
        token = SESSION.successor(token)
    assert replace(SESSION, digest=token.digest).age_of(FIRST) == age


def test_token_that_is_yet_to_come_is_none_of_the_sessions() -> None:
    assert SESSION.age_of(SESSION.successor(FIRST)) is None


def test_token_that_never_was_is_told_apart() -> None:
    assert SESSION.age_of(opaque.make(*FIRST.ids)) is None
