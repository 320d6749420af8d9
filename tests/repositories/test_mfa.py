"""Second factors in DynamoDB: switched on and off as one, codes used once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from errand.errors import InvalidOtp, Overtaken, StorageUnavailable
from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act, AuditRecord, record_of
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.mfa.codes import digest_of, new_recovery_codes, new_secret
from errand.identity.mfa.model import Factor, Pending, Proof, RecoveryCode, Situation, TimeStep
from errand.identity.mfa.repository import DynamoFactors
from errand.storage.unit import DynamoStore, Unit
from errand_testkit.people import ADA, BOB, LATER, NOW, ORIGIN
from errand_testkit.stored import acts, commit, store_account, store_pending_factor
from errand_testkit.wire import Answer, Wire

CODES = new_recovery_codes()
DIGESTS = frozenset(map(digest_of, CODES))
STEP = NOW // 30_000
FACTOR = Factor(secret=new_secret(), recovery_digests=DIGESTS, last_step=STEP)
PENDING = Pending(secret=FACTOR.secret, expires_at=NOW // 1000 + 3600)
NEXT_STEP = TimeStep(STEP + 1)
A_CODE = RecoveryCode(digest_of(CODES[0]))
RIVALS = 8
either = pytest.mark.parametrize("proof", [NEXT_STEP, A_CODE], ids=["step", "code"])


factors = DynamoFactors()
accounts = DynamoAccounts()
log = DynamoAuditLog()


@pytest.fixture(autouse=True)
def _ada(tables: None) -> None:  # noqa: ARG001 - they come first
    store_account(ADA)


def _record(act: Act) -> AuditRecord:
    return record_of(act, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=LATER)


def _begin(pending: Pending = PENDING) -> None:
    store_pending_factor(ADA, pending)


def _enable(factor: Factor = FACTOR, account: Account = ADA) -> Account:
    """The account as it is then."""
    unit = Unit()
    factors.enable(unit, account.id, factor)
    enabled = accounts.change(unit, account, {"mfa_enabled": True}, now=LATER)
    log.append(unit, _record(Act.MFA_ENABLED))
    DynamoStore().commit(unit)
    return enabled


def _switch_on() -> Account:
    _begin()
    return _enable()


def _use(proof: Proof, factor: Factor = FACTOR) -> None:
    unit = Unit(is_once=True)
    factors.use(unit, ADA.id, factor, proof)
    if isinstance(proof, RecoveryCode):
        log.append(unit, _record(Act.RECOVERY_CODE_USED))
    DynamoStore().commit(unit)


def _disable(account: Account, proof: Proof = NEXT_STEP) -> None:
    commit(
        lambda unit: factors.disable(unit, account.id, FACTOR, proof),
        lambda unit: accounts.change(unit, account, {"mfa_enabled": False}, now=LATER),
        lambda unit: log.append(unit, _record(Act.MFA_DISABLED)),
    )


def test_nobody_has_a_factor_at_first() -> None:
    assert factors.read(ADA.id) == Situation(account=ADA)
    assert factors.read(BOB.id) == Situation()


def test_second_enrolment_replaces_the_first() -> None:
    second = Pending(secret=new_secret(), expires_at=PENDING.expires_at)
    _begin()
    _begin(second)
    assert factors.read(ADA.id).pending == second


def test_enrolment_that_arrives_late_replaces_none() -> None:
    _begin()
    with pytest.raises(StorageUnavailable):
        _begin(Pending(secret=new_secret(), expires_at=PENDING.expires_at - 1))
    assert factors.read(ADA.id).pending == PENDING


def test_factor_and_account_are_switched_on_together() -> None:
    _switch_on()
    enabled = replace(ADA, mfa_enabled=True, updated_at=LATER, version=2)
    assert factors.read(ADA.id) == Situation(account=enabled, factor=FACTOR)


def test_account_changed_meanwhile_is_not_switched_on() -> None:
    _begin()
    before = factors.read(ADA.id)
    with pytest.raises(Overtaken):
        _enable(account=replace(ADA, version=2))
    assert factors.read(ADA.id) == before


def test_secret_that_is_no_longer_pending_is_not_switched_on() -> None:
    with pytest.raises(Overtaken):
        _enable()
    _begin(Pending(secret=new_secret(), expires_at=PENDING.expires_at))
    with pytest.raises(Overtaken):
        _enable()
    assert factors.read(ADA.id).factor is None


def test_factor_is_not_replaced() -> None:
    account = _switch_on()
    another = Pending(secret=new_secret(), expires_at=PENDING.expires_at)
    _begin(another)
    with pytest.raises(Overtaken):
        _enable(replace(FACTOR, secret=another.secret), account)
    assert factors.read(ADA.id).factor == FACTOR


def test_step_is_used_once_and_none_before_it() -> None:
    _switch_on()
    _use(NEXT_STEP)
    for step in (NEXT_STEP, TimeStep(STEP)):
        with pytest.raises(InvalidOtp):
            _use(step)
    assert factors.read(ADA.id).factor == replace(FACTOR, last_step=STEP + 1)
    _use(TimeStep(STEP + 2))


def test_recovery_code_is_used_once() -> None:
    _switch_on()
    _use(A_CODE)
    with pytest.raises(InvalidOtp):
        _use(A_CODE)
    left = DIGESTS - {A_CODE.digest}
    assert factors.read(ADA.id).factor == replace(FACTOR, recovery_digests=left)


def test_last_recovery_code_can_be_used() -> None:
    _switch_on()
    for digest in DIGESTS:
        _use(RecoveryCode(digest))
    assert factors.read(ADA.id).factor == replace(FACTOR, recovery_digests=frozenset())
    with pytest.raises(InvalidOtp):
        _use(A_CODE)


def test_code_that_was_none_is_not_used() -> None:
    _switch_on()
    with pytest.raises(InvalidOtp):
        _use(RecoveryCode(digest_of("abcd-efgh-2345-mnop")))
    assert factors.read(ADA.id).factor == FACTOR


def test_step_was_checked_against_the_secret_that_is_kept() -> None:
    _switch_on()
    with pytest.raises(InvalidOtp):
        _use(NEXT_STEP, replace(FACTOR, secret=new_secret()))


@either
def test_nothing_is_used_where_no_factor_is(proof: Proof) -> None:
    with pytest.raises(InvalidOtp):
        _use(proof)
    assert factors.read(ADA.id).factor is None


@either
def test_factor_and_account_are_switched_off_together(proof: Proof) -> None:
    _disable(_switch_on(), proof)
    disabled = replace(ADA, mfa_enabled=False, updated_at=LATER, version=3)
    assert factors.read(ADA.id) == Situation(account=disabled)


@either
def test_code_used_meanwhile_does_not_switch_off(proof: Proof) -> None:
    account = _switch_on()
    _use(proof)
    before = factors.read(ADA.id)
    with pytest.raises(Overtaken):
        _disable(account, proof)
    assert factors.read(ADA.id) == before


def test_account_changed_meanwhile_is_not_switched_off() -> None:
    _switch_on()
    before = factors.read(ADA.id)
    with pytest.raises(Overtaken):
        _disable(ADA)
    assert factors.read(ADA.id) == before


def test_every_act_is_put_on_record_with_it() -> None:
    account = _switch_on()
    with pytest.raises(Overtaken):
        _enable()
    _use(NEXT_STEP)
    _use(A_CODE)
    with pytest.raises(InvalidOtp):
        _use(A_CODE)
    with pytest.raises(Overtaken):
        _disable(account)
    _disable(account, TimeStep(STEP + 2))
    assert acts(ADA.id) == [Act.MFA_ENABLED, Act.RECOVERY_CODE_USED, Act.MFA_DISABLED]


def test_read_is_one_round_trip(sent: list[str]) -> None:
    factors.read(ADA.id)
    assert sent == ["BatchGetItem"]


def test_recovery_codes_are_stored_as_digests_only(stored: Callable[[], dict[str, Any]]) -> None:
    _switch_on()
    item = stored()[f"USER#{ADA.id} MFA"]
    assert set(item["rc"]["SS"]) == DIGESTS
    everything = str(stored()).lower()
    assert not any(code in everything or code.replace("-", "") in everything for code in CODES)


def test_pending_secret_goes_with_the_confirmation(client: Any) -> None:
    _begin()
    (item,) = client.scan(TableName="EphemeralTable")["Items"]
    assert item == {
        "pk": {"S": f"USER#{ADA.id}"},
        "sk": {"S": "TOTP"},
        "se": {"S": PENDING.secret},
        "expires_at": {"N": str(PENDING.expires_at)},
    }
    _enable()
    assert client.scan(TableName="EphemeralTable")["Items"] == []


@pytest.mark.usefixtures("fake")
def test_of_many_confirmations_at_once_one_succeeds() -> None:
    store_account(ADA)
    _begin()
    assert _successes(_enable, Overtaken) == 1
    assert acts(ADA.id) == [Act.MFA_ENABLED]


@either
@pytest.mark.usefixtures("fake")
def test_of_many_uses_at_once_one_succeeds(proof: Proof) -> None:
    store_account(ADA)
    _switch_on()
    assert _successes(lambda: _use(proof), InvalidOtp) == 1


def _successes(operation: Callable[[], object], failure: type[Exception]) -> int:
    """How many of those who begin at once do not fail."""
    start = Barrier(RIVALS)

    def succeeds(_: int) -> bool:
        start.wait()
        try:
            operation()
        except failure:
            return False
        return True

    with ThreadPoolExecutor(RIVALS) as threads:
        return sum(threads.map(succeeds, range(RIVALS)))


@either
def test_use_whose_answer_was_lost_is_repeated_as_the_same(
    answer_with: Callable[..., Wire], proof: Proof
) -> None:
    # moto knows no tokens.
    wire = answer_with(ReadTimeoutError(endpoint_url="https://dynamodb"), Answer())
    _use(proof)
    first, second = wire.requests
    assert first["ClientRequestToken"] == second["ClientRequestToken"]
