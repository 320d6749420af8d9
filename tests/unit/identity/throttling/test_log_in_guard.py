"""Who guesses is held back, whoever they guess at, and never the owner on known ground."""

import time
from collections.abc import Iterator

import pytest

from errand.errors import StorageUnavailable, TooManyAttempts
from errand.identity.throttling.model import LOG_IN_ACCOUNT, LOG_IN_KNOWN_ALL, Known, Place
from errand.identity.throttling.repository import DynamoCounters
from errand.identity.throttling.service import Admission, LogInGuard, Throttle
from errand.records import Item
from errand.storage.kinds import COUNTER
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.stored import counted

HOME, OFFICE, ELSEWHERE = "192.0.2.1", "198.51.100.0", "203.0.113.9"
PHONE = "06h0device"


class BusyStore(DynamoStore):
    """DynamoDB throttles the counters of accounts, if `busy`."""

    busy = False

    def commit(self, unit: Unit) -> Item:
        prefix = COUNTER.key(f"{LOG_IN_ACCOUNT.name}#").pk
        if self.busy and any(entry.write.item.pk.startswith(prefix) for entry in unit.guarded):
            raise StorageUnavailable
        return super().commit(unit)


@pytest.fixture
def busy(fake: FakeDynamo) -> BusyStore:  # noqa: ARG001 - it is on it
    return BusyStore()


@pytest.fixture
def guard(busy: BusyStore, clock: ManualClock) -> LogInGuard:
    counters = DynamoCounters()
    throttle = Throttle(counters=counters, store=busy, clock=clock)
    return LogInGuard(counters=counters, throttle=throttle, clock=clock)


def _admit(
    guard: LogInGuard,
    username: str = "ada",
    *,
    address: str | None = None,
    device: str | None = None,
    generation: int = 0,
) -> Admission:
    known = Known(username.lower(), generation)
    return guard.admit(username=username, known=known, address=address, device=device)


def _log_in(
    guard: LogInGuard, username: str = "ada", *, address: str, device: str | None = None
) -> None:
    unit = Unit()
    guard.succeeded(unit, _admit(guard, username, address=address, device=device))
    DynamoStore().commit(unit)


def _addresses() -> Iterator[str]:
    """As many as an attacker could want."""
    return (f"2001:db8:0:{number:x}::" for number in range(65_536))


def _block(guard: LogInGuard, username: str = "ada") -> int:
    """Guesses from ever new addresses until one is refused; how many were let through."""
    for admitted, address in enumerate(_addresses()):
        try:
            _admit(guard, username, address=address)
        except TooManyAttempts:
            return admitted
    raise AssertionError("never refused")


def test_account_is_guarded_against_guesses_from_everywhere(guard: LogInGuard) -> None:
    assert _block(guard) == 6


def test_address_is_guarded_against_guesses_at_everybody(guard: LogInGuard) -> None:
    for number in range(51):
        _admit(guard, f"user-{number}", address=ELSEWHERE)
    with pytest.raises(TooManyAttempts):
        _admit(guard, "user-51", address=ELSEWHERE)
    _admit(guard, "user-51", address=HOME)


def test_spellings_of_a_name_share_a_counter(guard: LogInGuard) -> None:
    for _ in range(3):
        _admit(guard, "ada")
        _admit(guard, "ADA")
    with pytest.raises(TooManyAttempts):
        _admit(guard, "Ada")


@pytest.mark.deep
def test_guesser_gets_a_hundred_or_so_in_a_day(guard: LogInGuard, clock: ManualClock) -> None:
    end, admitted = clock() + 86_400_000, 0
    while clock() < end:
        try:
            _admit(guard)
            admitted += 1
        except TooManyAttempts as refused:
            clock.advance(seconds=refused.retry_after)
    assert admitted == 110


def test_owner_on_a_known_address_is_let_through(guard: LogInGuard) -> None:
    _log_in(guard, address=HOME)
    _block(guard)
    _log_in(guard, address=HOME)


def test_owner_on_a_known_address_is_let_through_when_their_neighbour_guesses_at_others(
    guard: LogInGuard,
) -> None:
    _log_in(guard, address=OFFICE)
    for number in range(51):
        _admit(guard, f"user-{number}", address=OFFICE)
    _log_in(guard, address=OFFICE)


def test_owner_on_a_known_address_is_let_through_when_guesses_are_more_than_can_be_counted(
    guard: LogInGuard, busy: BusyStore
) -> None:
    _log_in(guard, address=HOME)
    busy.busy = True
    _log_in(guard, address=HOME)
    with pytest.raises(StorageUnavailable):
        _admit(guard, address=ELSEWHERE)


def test_owner_on_a_known_device_is_let_through_anywhere(guard: LogInGuard) -> None:
    _block(guard)
    for number in range(51):
        _admit(guard, f"user-{number}", address=ELSEWHERE)
    _log_in(guard, address=ELSEWHERE, device=PHONE)


def test_owner_elsewhere_waits(guard: LogInGuard) -> None:
    _log_in(guard, address=HOME)
    _block(guard)
    with pytest.raises(TooManyAttempts):
        _admit(guard, address=OFFICE)


def test_address_known_for_one_account_is_not_for_another(guard: LogInGuard) -> None:
    _log_in(guard, "bob", address=HOME)
    _block(guard)
    with pytest.raises(TooManyAttempts):
        _admit(guard, address=HOME)


def test_address_is_known_for_90_days(guard: LogInGuard, clock: ManualClock) -> None:
    _log_in(guard, address=HOME)
    clock.advance(seconds=90 * 86_400 - 1)
    _block(guard)
    _admit(guard, address=HOME)
    clock.advance(seconds=1)
    _block(guard)
    with pytest.raises(TooManyAttempts):
        _admit(guard, address=HOME)


@pytest.mark.parametrize("device", [None, PHONE], ids=["address", "device"])
def test_each_log_in_makes_the_address_known_anew(
    guard: LogInGuard, clock: ManualClock, device: str | None
) -> None:
    _log_in(guard, address=HOME)
    clock.advance(seconds=80 * 86_400)
    _block(guard)
    _log_in(guard, address=HOME, device=device)
    clock.advance(seconds=80 * 86_400)
    _block(guard)
    _admit(guard, address=HOME)


@pytest.mark.deep
@pytest.mark.parametrize("device", [None, PHONE], ids=["address", "device"])
def test_guesses_on_known_ground_wait_as_well(
    guard: LogInGuard, clock: ManualClock, device: str | None
) -> None:
    _log_in(guard, address=HOME)
    _block(guard)
    for _ in range(11):
        _admit(guard, address=HOME, device=device)
    for pause in (1, 2, 4, 8, 16, 32, 60, 60):
        with pytest.raises(TooManyAttempts) as caught:
            _admit(guard, address=HOME, device=device)
        assert caught.value.retry_after == pause
        _block(guard)
        clock.advance(seconds=pause)
        # While strangers keep the account's own counter blocked.
        _block(guard)
        _admit(guard, address=HOME, device=device)


@pytest.mark.deep
def test_all_known_ground_of_an_account_is_counted_together(
    guard: LogInGuard, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many device tokens somebody has collected, in a day."""
    monkeypatch.setattr(time, "sleep", lambda _: None)
    end, admitted = clock() + 86_400_000, 0
    while clock() < end:
        try:
            _admit(guard, device=f"device-{admitted}")
            admitted += 1
        except TooManyAttempts as refused:
            clock.advance(seconds=refused.retry_after)
    assert admitted == 316


def test_known_ground_of_another_account_is_counted_apart(guard: LogInGuard) -> None:
    for number in range(LOG_IN_KNOWN_ALL.free + 1):
        _admit(guard, device=f"device-{number}")
    with pytest.raises(TooManyAttempts):
        _admit(guard, device="another")
    _admit(guard, "bob", device=PHONE)


def test_owners_log_ins_use_up_nothing_of_it(guard: LogInGuard) -> None:
    for _ in range(LOG_IN_KNOWN_ALL.free * 2):
        _log_in(guard, address=HOME, device=PHONE)


def test_address_is_known_until_the_credentials_change(guard: LogInGuard) -> None:
    _log_in(guard, address=HOME)
    _block(guard)
    _admit(guard, address=HOME)
    with pytest.raises(TooManyAttempts):
        _admit(guard, address=HOME, generation=1)


def test_devices_and_addresses_count_apart(guard: LogInGuard) -> None:
    _log_in(guard, address=HOME)
    _block(guard)
    for _ in range(11):
        _admit(guard, address=HOME, device=PHONE)
    _admit(guard, address=HOME, device="06h0another")
    _admit(guard, address=HOME)


def test_success_forgets_the_guesses_before_it(guard: LogInGuard) -> None:
    for _ in range(5):
        _admit(guard, address=HOME)
    _log_in(guard, address=HOME)
    assert _block(guard) == 6


@pytest.mark.parametrize("device", [None, PHONE], ids=["address", "device"])
def test_owner_on_known_ground_does_not_forgive_who_guesses_elsewhere(
    guard: LogInGuard, device: str | None
) -> None:
    _log_in(guard, address=HOME)
    _block(guard)
    _log_in(guard, address=HOME, device=device)
    with pytest.raises(TooManyAttempts):
        _admit(guard, address=ELSEWHERE)


def test_guesser_with_an_account_cannot_clear_the_address_by_logging_in_to_it(
    guard: LogInGuard, clock: ManualClock
) -> None:
    for number in range(51):
        _admit(guard, f"user-{number}", address=ELSEWHERE)
        clock.advance(seconds=1)
        _log_in(guard, "mallory", address=ELSEWHERE)
    with pytest.raises(TooManyAttempts):
        _admit(guard, "ada", address=ELSEWHERE)


@pytest.mark.deep
def test_log_ins_that_succeed_leave_an_address_free(guard: LogInGuard) -> None:
    for number in range(200):
        _log_in(guard, f"user-{number}", address=OFFICE)
    assert _admit(guard, address=OFFICE)


def test_right_password_that_lacks_its_second_step_is_not_held_against_anybody(
    guard: LogInGuard, fake: FakeDynamo, clock: ManualClock
) -> None:
    for _ in range(100):
        guard.excuse(_admit(guard, address=HOME))
    assert [run["n"] for run in fake.all("EphemeralTable")] == [{"N": "0"}] * 2
    assert not DynamoCounters().is_known(Place.of(Known("ada", 0), HOME), now=clock())


def test_without_an_address_the_account_alone_counts(guard: LogInGuard, fake: FakeDynamo) -> None:
    for _ in range(6):
        _admit(guard)
    with pytest.raises(TooManyAttempts):
        _admit(guard)
    assert counted(LOG_IN_ACCOUNT.by("ada"))
    assert len(fake.all("EphemeralTable")) == 1


def test_log_in_takes_one_call_before_and_one_with_its_session(
    guard: LogInGuard, fake: FakeDynamo
) -> None:
    _log_in(guard, address=HOME)
    assert fake.operations == ["TransactWriteItems"] * 2


@pytest.mark.parametrize("device", [None, PHONE], ids=["address", "device"])
def test_later_log_in_that_makes_an_address_known_for_longer_takes_as_many(
    guard: LogInGuard, fake: FakeDynamo, clock: ManualClock, device: str | None
) -> None:
    _log_in(guard, address=HOME)
    clock.advance(seconds=1)
    fake.operations.clear()
    _log_in(guard, address=HOME, device=device)
    assert len(fake.operations) == 2


def test_known_address_takes_two_calls_more_where_strangers_guess(
    guard: LogInGuard, fake: FakeDynamo
) -> None:
    _log_in(guard, address=HOME)
    _block(guard)
    fake.operations.clear()
    _admit(guard, address=HOME)
    assert len(fake.operations) == 3


def test_names_that_nobody_has_wait_like_others(
    guard: LogInGuard, fake: FakeDynamo, clock: ManualClock
) -> None:
    """Nothing but the name differs: the same answers, after the same calls, at the same times."""

    def transcript(username: str) -> list[tuple[int, list[str]]]:
        lines = []
        for _ in range(12):
            fake.operations.clear()
            retry_after = 0
            try:
                _admit(guard, username, address=ELSEWHERE)
            except TooManyAttempts as refused:
                retry_after = refused.retry_after
            lines.append((retry_after, fake.operations[:]))
            clock.advance(seconds=retry_after)
        return lines

    _log_in(guard, "ada", address=HOME)
    assert transcript("ada") == transcript("nobody")
