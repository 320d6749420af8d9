"""Second factors in DynamoDB and in memory: switched on and off as one, codes used once."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError

from errand.accounts.model import Account
from errand.accounts.repository import DynamoAccounts
from errand.audit.model import Act, AuditRecord, record_of
from errand.audit.repository import DynamoAuditLog
from errand.errors import InvalidOtp, PreconditionFailed, StorageUnavailable
from errand.mfa.model import (
    Factor,
    Pending,
    Proof,
    RecoveryCode,
    Situation,
    TimeStep,
    digest_of,
    new_recovery_codes,
    new_secret,
)
from errand.mfa.repository import DynamoFactors, FactorRepository
from errand_testkit.fakes import InMemoryAccounts
from errand_testkit.mfa import ORIGIN, InMemoryFactors
from errand_testkit.people import ADA, BOB, LATER, NOW
from errand_testkit.wire import Answer, Wire

pytestmark = pytest.mark.usefixtures("tables")

CODES = new_recovery_codes()
DIGESTS = frozenset(map(digest_of, CODES))
STEP = NOW // 30_000
FACTOR = Factor(secret=new_secret(), recovery_digests=DIGESTS, last_step=STEP)
PENDING = Pending(secret=FACTOR.secret, expires_at=NOW // 1000 + 3600)
NEXT_STEP = TimeStep(STEP + 1)
A_CODE = RecoveryCode(digest_of(CODES[0]))
BEFORE_SEND = "before-send.dynamodb"
either = pytest.mark.parametrize("proof", [NEXT_STEP, A_CODE], ids=["step", "code"])


@pytest.fixture(params=["memory", "dynamo"])
def factors(request: pytest.FixtureRequest) -> FactorRepository:
    """Either, with Ada's account."""
    accounts = DynamoAccounts() if request.param == "dynamo" else InMemoryAccounts()
    accounts.add(ADA, receipt=None, answer="")
    return InMemoryFactors(accounts) if isinstance(accounts, InMemoryAccounts) else DynamoFactors()


@pytest.fixture
def dynamo() -> DynamoFactors:
    DynamoAccounts().add(ADA, receipt=None, answer="")
    return DynamoFactors()


def _record(act: Act) -> AuditRecord:
    return record_of(act, user_id=ADA.id, actor=ADA.id, origin=ORIGIN, now=LATER)


def _enable(factors: FactorRepository, factor: Factor = FACTOR, account: Account = ADA) -> Account:
    """The account as it is then."""
    factors.enable(account, factor, now=LATER, record=_record(Act.MFA_ENABLED))
    enabled = factors.read(account.id).account
    assert enabled
    return enabled


def _switch_on(factors: FactorRepository) -> Account:
    factors.begin(ADA.id, PENDING)
    return _enable(factors)


def _use(factors: FactorRepository, proof: Proof, factor: Factor = FACTOR) -> None:
    record = _record(Act.RECOVERY_CODE_USED) if isinstance(proof, RecoveryCode) else None
    factors.use(ADA.id, factor, proof, record=record)


def _disable(factors: FactorRepository, account: Account, proof: Proof = NEXT_STEP) -> None:
    factors.disable(account, FACTOR, proof, now=LATER, record=_record(Act.MFA_DISABLED))


def _acts() -> list[Act]:
    records, _ = DynamoAuditLog().page(user_id=ADA.id, after=None, limit=100)
    return [record.act for record in reversed(records)]


def test_nobody_has_a_factor_at_first(factors: FactorRepository) -> None:
    assert factors.read(ADA.id) == Situation(account=ADA)
    assert factors.read(BOB.id) == Situation()


def test_second_enrolment_replaces_the_first(factors: FactorRepository) -> None:
    second = Pending(secret=new_secret(), expires_at=PENDING.expires_at)
    factors.begin(ADA.id, PENDING)
    factors.begin(ADA.id, second)
    assert factors.read(ADA.id).pending == second


def test_enrolment_that_arrives_late_replaces_none(factors: FactorRepository) -> None:
    factors.begin(ADA.id, PENDING)
    with pytest.raises(StorageUnavailable):
        factors.begin(ADA.id, Pending(secret=new_secret(), expires_at=PENDING.expires_at - 1))
    assert factors.read(ADA.id).pending == PENDING


def test_factor_and_account_are_switched_on_together(factors: FactorRepository) -> None:
    _switch_on(factors)
    enabled = replace(ADA, mfa=True, updated_at=LATER, version=2)
    assert factors.read(ADA.id) == Situation(account=enabled, factor=FACTOR)


def test_account_changed_meanwhile_is_not_switched_on(factors: FactorRepository) -> None:
    factors.begin(ADA.id, PENDING)
    before = factors.read(ADA.id)
    with pytest.raises(PreconditionFailed):
        _enable(factors, account=replace(ADA, version=2))
    assert factors.read(ADA.id) == before


def test_secret_that_is_no_longer_pending_is_not_switched_on(factors: FactorRepository) -> None:
    with pytest.raises(PreconditionFailed):
        _enable(factors)
    factors.begin(ADA.id, Pending(secret=new_secret(), expires_at=PENDING.expires_at))
    with pytest.raises(PreconditionFailed):
        _enable(factors)
    assert factors.read(ADA.id).factor is None


def test_factor_is_not_replaced(factors: FactorRepository) -> None:
    account = _switch_on(factors)
    another = Pending(secret=new_secret(), expires_at=PENDING.expires_at)
    factors.begin(ADA.id, another)
    with pytest.raises(PreconditionFailed):
        _enable(factors, replace(FACTOR, secret=another.secret), account)
    assert factors.read(ADA.id).factor == FACTOR


def test_step_is_used_once_and_none_before_it(factors: FactorRepository) -> None:
    _switch_on(factors)
    _use(factors, NEXT_STEP)
    for step in (NEXT_STEP, TimeStep(STEP)):
        with pytest.raises(InvalidOtp):
            _use(factors, step)
    assert factors.read(ADA.id).factor == replace(FACTOR, last_step=STEP + 1)
    _use(factors, TimeStep(STEP + 2))


def test_recovery_code_is_used_once(factors: FactorRepository) -> None:
    _switch_on(factors)
    _use(factors, A_CODE)
    with pytest.raises(InvalidOtp):
        _use(factors, A_CODE)
    left = DIGESTS - {A_CODE.digest}
    assert factors.read(ADA.id).factor == replace(FACTOR, recovery_digests=left)


def test_last_recovery_code_can_be_used(factors: FactorRepository) -> None:
    _switch_on(factors)
    for digest in DIGESTS:
        _use(factors, RecoveryCode(digest))
    assert factors.read(ADA.id).factor == replace(FACTOR, recovery_digests=frozenset())
    with pytest.raises(InvalidOtp):
        _use(factors, A_CODE)


def test_code_that_was_none_is_not_used(factors: FactorRepository) -> None:
    _switch_on(factors)
    with pytest.raises(InvalidOtp):
        _use(factors, RecoveryCode(digest_of("abcd-efgh-2345-mnop")))
    assert factors.read(ADA.id).factor == FACTOR


def test_step_was_checked_against_the_secret_that_is_kept(factors: FactorRepository) -> None:
    _switch_on(factors)
    with pytest.raises(InvalidOtp):
        _use(factors, NEXT_STEP, replace(FACTOR, secret=new_secret()))


@either
def test_nothing_is_used_where_no_factor_is(factors: FactorRepository, proof: Proof) -> None:
    with pytest.raises(InvalidOtp):
        _use(factors, proof)
    assert factors.read(ADA.id).factor is None


@either
def test_factor_and_account_are_switched_off_together(
    factors: FactorRepository, proof: Proof
) -> None:
    _disable(factors, _switch_on(factors), proof)
    disabled = replace(ADA, mfa=False, updated_at=LATER, version=3)
    assert factors.read(ADA.id) == Situation(account=disabled)


@either
def test_code_used_meanwhile_does_not_switch_off(factors: FactorRepository, proof: Proof) -> None:
    account = _switch_on(factors)
    _use(factors, proof)
    before = factors.read(ADA.id)
    with pytest.raises(PreconditionFailed):
        _disable(factors, account, proof)
    assert factors.read(ADA.id) == before


def test_account_changed_meanwhile_is_not_switched_off(factors: FactorRepository) -> None:
    _switch_on(factors)
    before = factors.read(ADA.id)
    with pytest.raises(PreconditionFailed):
        _disable(factors, ADA)
    assert factors.read(ADA.id) == before


def test_every_act_is_put_on_record_with_it(dynamo: DynamoFactors) -> None:
    account = _switch_on(dynamo)
    with pytest.raises(PreconditionFailed):
        _enable(dynamo)
    _use(dynamo, NEXT_STEP)
    _use(dynamo, A_CODE)
    with pytest.raises(InvalidOtp):
        _use(dynamo, A_CODE)
    with pytest.raises(PreconditionFailed):
        _disable(dynamo, account)
    _disable(dynamo, account, TimeStep(STEP + 2))
    assert _acts() == [Act.MFA_ENABLED, Act.RECOVERY_CODE_USED, Act.MFA_DISABLED]


def test_read_is_one_round_trip(dynamo: DynamoFactors, sent: list[str]) -> None:
    dynamo.read(ADA.id)
    assert sent == ["BatchGetItem"]


def test_recovery_codes_are_stored_as_digests_only(
    dynamo: DynamoFactors, stored: Callable[[], dict[str, Any]]
) -> None:
    _switch_on(dynamo)
    item = stored()[f"USER#{ADA.id} MFA"]
    assert set(item["rc"]["SS"]) == DIGESTS
    everything = str(stored()).lower()
    assert not any(code in everything or code.replace("-", "") in everything for code in CODES)


def test_pending_secret_goes_with_the_confirmation(dynamo: DynamoFactors, client: Any) -> None:
    dynamo.begin(ADA.id, PENDING)
    (item,) = client.scan(TableName="EphemeralTable")["Items"]
    assert item == {
        "pk": {"S": f"USER#{ADA.id}"},
        "sk": {"S": "TOTP"},
        "se": {"S": PENDING.secret},
        "expires_at": {"N": str(PENDING.expires_at)},
    }
    _enable(dynamo)
    assert client.scan(TableName="EphemeralTable")["Items"] == []


type Meanwhile = Callable[[Callable[[], object]], None]


def test_of_many_confirmations_at_once_one_succeeds(
    dynamo: DynamoFactors, meanwhile: Meanwhile
) -> None:
    dynamo.begin(ADA.id, PENDING)
    assert _successes(lambda: _enable(dynamo), PreconditionFailed, meanwhile) == 1
    assert _acts() == [Act.MFA_ENABLED]


@either
def test_of_many_uses_at_once_one_succeeds(
    dynamo: DynamoFactors, proof: Proof, meanwhile: Meanwhile
) -> None:
    _switch_on(dynamo)
    assert _successes(lambda: _use(dynamo, proof), InvalidOtp, meanwhile) == 1


def _successes(
    operation: Callable[[], object], failure: type[Exception], meanwhile: Meanwhile
) -> int:
    """How many of eight do not fail, all sent before the first is carried out."""
    outcomes: list[bool] = []

    def attempt(others: int) -> None:
        if others:
            meanwhile(lambda: attempt(others - 1))
        try:
            operation()
        except failure:
            outcomes.append(False)
        else:
            outcomes.append(True)

    attempt(others=7)
    assert len(outcomes) == 8
    return sum(outcomes)


@either
def test_use_whose_answer_was_lost_is_repeated_as_the_same(client: Any, proof: Proof) -> None:
    wire = Wire(ReadTimeoutError(endpoint_url="https://dynamodb"), Answer())

    def answer(request: Any, **_: Any) -> AWSResponse:
        return wire.send(request)

    # In place of moto, which knows no tokens.
    client.meta.events.register_first(BEFORE_SEND, answer)
    try:
        _use(DynamoFactors(), proof)
    finally:
        client.meta.events.unregister(BEFORE_SEND, answer)
    first, second = wire.requests
    assert first["ClientRequestToken"] == second["ClientRequestToken"]
