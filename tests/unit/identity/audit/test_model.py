"""How long the security log keeps what."""

import pytest

from errand.identity.audit.model import Act, record_of
from errand.ids import is_id
from errand_testkit.people import NOW, ORIGIN

DAY = 24 * 60 * 60
USER = "06h08q0rf9qcv4e83s3ndg2tl8"


@pytest.mark.parametrize(
    ("user_id", "days"), [(USER, 365), ("nobody#0123456789abcdef0123456789abcdef", 1)]
)
def test_record_lives_for_a_year_and_nobodys_for_a_day(user_id: str, days: int) -> None:
    record = record_of(Act.LOG_IN_FAILED, user_id=user_id, actor=None, origin=ORIGIN, now=NOW)
    assert record.expires_at == NOW // 1000 + days * DAY


def test_later_records_sort_after_earlier_ones() -> None:
    records = [
        record_of(Act.LOGGED_IN, user_id=USER, actor=USER, origin=ORIGIN, now=NOW)
        for _ in range(10)
    ]
    ids = [record.id for record in records]
    assert ids == sorted(set(ids))
    assert all(map(is_id, ids))


def test_acts_are_names_that_clients_can_switch_on() -> None:
    assert all(act.value == act.name.lower() for act in Act)
