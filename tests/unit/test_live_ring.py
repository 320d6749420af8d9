"""The ring that follows its secret: when it is read again, and what counts until then."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from errand.errors import ConfigurationError
from errand.keys import Key, KeyRing, LiveRing
from errand_testkit.fakes import ManualClock

OLD = "the key of last year, long enough for it"
NEW = "the key of this year, long enough for it"


class Secret:
    """Gives out `ring`, or fails with `error`; counts how often it was asked."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.error: Exception | None = None
        self.reads = 0

    def __call__(self) -> KeyRing:
        self.reads += 1
        if self.error:
            raise self.error
        return self.ring


ONE, TWO = Key("1", OLD.encode()), Key("2", NEW.encode())
DENIED = ClientError({"Error": {"Code": "AccessDenied", "Message": NEW}}, "GetSecretValue")
FAILURES = [
    (DENIED, "AccessDenied"),
    (EndpointConnectionError(endpoint_url="https://example.com"), "EndpointConnectionError"),
    (ConfigurationError("The signing secret is not of the documented form"), "configuration_error"),
]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def secret() -> Secret:
    return Secret(KeyRing((ONE,)))


@pytest.fixture
def live(secret: Secret, clock: ManualClock) -> LiveRing:
    return LiveRing(secret, clock)


def test_keys_are_read_once_for_ten_minutes(
    live: LiveRing, secret: Secret, clock: ManualClock
) -> None:
    clock.advance(599)
    assert live.current == ONE
    assert live.find("1") == ONE
    assert secret.reads == 1


def test_new_key_signs_after_ten_minutes(
    live: LiveRing, secret: Secret, clock: ManualClock
) -> None:
    secret.ring = KeyRing((TWO, ONE))
    clock.advance(600)
    assert live.current == TWO
    assert live.find("1") == ONE
    assert secret.reads == 2


def test_withdrawn_key_is_gone_after_ten_minutes(
    live: LiveRing, secret: Secret, clock: ManualClock
) -> None:
    secret.ring = KeyRing((TWO,))
    assert live.find("1") == ONE
    clock.advance(600)
    assert live.find("1") is None


def test_new_key_is_found_when_it_is_first_met(live: LiveRing, secret: Secret) -> None:
    secret.ring = KeyRing((TWO, ONE))
    assert live.find("2") == TWO
    assert live.current == TWO


def test_previous_key_verifies_after_a_rotation(live: LiveRing, secret: Secret) -> None:
    secret.ring = KeyRing((TWO, ONE))
    live.find("2")
    assert live.find("1") == ONE


def test_made_up_names_lead_to_one_read_in_ten_seconds(
    live: LiveRing, secret: Secret, clock: ManualClock
) -> None:
    for number in range(200):
        assert live.find(f"garbage-{number}") is None
        clock.advance(0.1)
    assert secret.reads == 1 + 2


@pytest.mark.parametrize("kid", [None, 2, ["2"], {"kid": "2"}], ids=str)
def test_what_is_no_name_leads_to_no_read(live: LiveRing, secret: Secret, kid: object) -> None:
    assert live.find(kid) is None
    assert secret.reads == 1


def test_failed_search_is_repeated_after_ten_seconds(
    live: LiveRing, secret: Secret, clock: ManualClock
) -> None:
    secret.ring, secret.error = KeyRing((TWO, ONE)), DENIED
    assert live.find("2") is None
    secret.error = None
    clock.advance(10)
    assert live.find("2") == TWO


@pytest.mark.parametrize(("error", "why"), FAILURES, ids=[why for _, why in FAILURES])
def test_old_keys_count_while_the_secret_cannot_be_read(
    live: LiveRing,
    secret: Secret,
    clock: ManualClock,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
    why: str,
) -> None:
    secret.ring, secret.error = KeyRing((TWO, ONE)), error
    clock.advance(600)
    assert live.current == ONE
    clock.advance(59)
    assert live.current == ONE
    assert secret.reads == 2
    [record] = caplog.records
    assert (record.message, vars(record)["reason"]) == ("Signing keys not reloaded", why)
    secret.error = None
    clock.advance(1)
    assert live.current == TWO


def test_log_holds_no_secret(
    live: LiveRing, secret: Secret, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    secret.error = DENIED
    clock.advance(600)
    assert live.current == ONE
    assert not {NEW, OLD} & {str(value) for record in caplog.records for value in vars(record)}
    assert NEW not in caplog.text


def test_first_read_must_not_fail(secret: Secret, clock: ManualClock) -> None:
    secret.error = DENIED
    with pytest.raises(ClientError):
        LiveRing(secret, clock)


def test_a_defect_is_not_passed_over(live: LiveRing, secret: Secret, clock: ManualClock) -> None:
    secret.error = ZeroDivisionError()
    clock.advance(600)
    with pytest.raises(ZeroDivisionError):
        live.find("1")


def test_nobody_waits_for_a_reload_that_another_thread_does(clock: ManualClock) -> None:
    reloading, go_on = Event(), Event()

    def load() -> KeyRing:
        if clock() > start:
            reloading.set()
            assert go_on.wait(5)
            return KeyRing((TWO, ONE))
        return KeyRing((ONE,))

    start = clock()
    live = LiveRing(load, clock)
    clock.advance(600)
    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(lambda: live.current)
        assert reloading.wait(5)
        assert live.current == ONE
        # Who meets an unknown key does wait: it may be the one that is being read.
        searching = threads.submit(live.find, "2")
        go_on.set()
        assert (slow.result(5), searching.result(5)) == (TWO, TWO)
