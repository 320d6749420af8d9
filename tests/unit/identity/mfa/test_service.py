"""The second step of a log-in: switched on, taken and switched off."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from errand.errors import (
    IncorrectPassword,
    InvalidInput,
    InvalidOtp,
    InvalidToken,
    TooManyAttempts,
)
from errand.identity.audit.model import Act
from errand.identity.caller import Caller
from errand.identity.mfa.repository import DynamoFactors
from errand.identity.mfa.service import MfaService
from errand.ids import is_id, new_id
from errand.storage.kinds import SECOND_FACTOR
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.mfa import Owner
from errand_testkit.people import ADA, ORIGIN, PASSWORD
from errand_testkit.stored import acts, records


def test_enrolment_changes_nothing_yet(enrolled: Owner) -> None:
    assert not enrolled.account.mfa_enabled
    assert acts(ADA.id) == []
    with pytest.raises(InvalidOtp):
        enrolled.check(enrolled.shown())


def test_enrolment_asks_for_the_password(ada: Owner) -> None:
    with pytest.raises(IncorrectPassword):
        ada.enrol(password="wrong horse")
    assert DynamoFactors().read(ADA.id).pending is None


def test_second_enrolment_replaces_the_first(enrolled: Owner) -> None:
    first = enrolled.shown()
    enrolled.enrol()
    with pytest.raises(InvalidOtp):
        enrolled.confirm(first)
    assert enrolled.confirm(enrolled.shown())


def test_enrolment_is_refused_while_a_factor_is_on(protected: Owner) -> None:
    with pytest.raises(InvalidInput, match="is on"):
        protected.enrol()


def test_confirmation_switches_it_on(enrolled: Owner) -> None:
    codes = enrolled.confirm(enrolled.shown())
    assert len(set(codes)) == 10
    assert enrolled.account.mfa_enabled
    assert DynamoFactors().read(ADA.id).pending is None


@pytest.mark.usefixtures("protected")
def test_recovery_codes_are_kept_as_digests_only(codes: list[str]) -> None:
    factor = DynamoFactors().read(ADA.id).factor
    assert factor
    assert len(factor.recovery_digests) == 10
    assert {len(digest) for digest in factor.recovery_digests} == {64}
    assert not factor.recovery_digests & {code.replace("-", "") for code in codes}


def test_wrong_code_confirms_nothing(enrolled: Owner) -> None:
    with pytest.raises(InvalidOtp):
        enrolled.confirm(enrolled.wrong())
    assert not enrolled.account.mfa_enabled


def test_confirmation_without_enrolment_is_refused(ada: Owner) -> None:
    with pytest.raises(InvalidInput, match="enrol first"):
        ada.confirm("123456")


def test_enrolment_can_be_confirmed_for_an_hour(enrolled: Owner) -> None:
    enrolled.clock.advance(seconds=3600)
    with pytest.raises(InvalidInput, match="enrol first"):
        enrolled.confirm(enrolled.shown())
    enrolled.clock.advance(seconds=-1)
    assert enrolled.confirm(enrolled.shown())


def test_factor_is_confirmed_once(protected: Owner) -> None:
    with pytest.raises(InvalidInput, match="is on"):
        protected.confirm(protected.shown())


def test_code_that_confirmed_does_not_log_in(enrolled: Owner) -> None:
    enrolled.confirm(enrolled.shown())
    with pytest.raises(InvalidOtp):
        enrolled.check(enrolled.shown())


def test_code_logs_in_once(protected: Owner) -> None:
    assert protected.check(protected.shown()) == (False, 10)
    with pytest.raises(InvalidOtp):
        protected.check(protected.shown())
    protected.clock.advance(seconds=30)
    assert protected.check(protected.shown()) == (False, 10)


def test_use_that_was_not_answered_is_not_taken_for_one_before(
    protected: Owner, fake: FakeDynamo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor if it is one write, as counters cannot be written."""
    carry_out = fake.call
    losses = [ReadTimeoutError(endpoint_url="https://dynamodb")]

    def call(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        if len(request.get("TransactItems", ())) > 1:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, operation)
        answer = carry_out(operation, request)
        if losses and "Get" not in operation and f"'{SECOND_FACTOR.sort}'" in str(request):
            raise losses.pop()
        return answer

    code = protected.shown()
    monkeypatch.setattr("errand.storage.attempts.time.sleep", lambda _: None)
    monkeypatch.setattr(fake, "call", call)
    assert protected.check(code) == (False, 10)
    assert losses == []


def test_code_is_no_good_after_a_later_one(protected: Owner) -> None:
    protected.check(protected.shown(steps=1))
    with pytest.raises(InvalidOtp):
        protected.check(protected.shown())


def test_each_recovery_code_logs_in_once(protected: Owner, codes: list[str]) -> None:
    for left, code in zip(range(9, -1, -1), codes, strict=True):
        assert protected.check(code) == (True, left)
        with pytest.raises(InvalidOtp):
            protected.check(code)
    assert protected.check(protected.shown()) == (False, 0)


def test_wrong_code_does_not_log_in(protected: Owner) -> None:
    for otp in (protected.wrong(), "abcd-efgh-2345-mnop", "", "\ud800"):
        with pytest.raises(InvalidOtp):
            protected.check(otp)


def test_code_logs_in_nobody_else(protected: Owner, codes: list[str]) -> None:
    for otp in (protected.shown(), codes[0]):
        with pytest.raises(InvalidOtp):
            protected.service.check(user_id=new_id(), otp=otp, origin=ORIGIN)


def test_disabling_takes_both_steps(protected: Owner, codes: list[str]) -> None:
    with pytest.raises(IncorrectPassword):
        protected.disable(protected.shown(), password="wrong horse")
    with pytest.raises(InvalidOtp):
        protected.disable(protected.wrong())
    assert protected.account.mfa_enabled
    protected.disable(protected.shown())
    assert not protected.account.mfa_enabled
    with pytest.raises(InvalidOtp):
        protected.check(codes[0])


def test_recovery_code_disables_too(protected: Owner, codes: list[str]) -> None:
    protected.disable(codes[0])
    assert not protected.account.mfa_enabled


def test_code_that_logged_in_does_not_disable(protected: Owner) -> None:
    protected.check(protected.shown())
    with pytest.raises(InvalidOtp):
        protected.disable(protected.shown())
    assert protected.account.mfa_enabled


def test_what_is_off_cannot_be_disabled(ada: Owner) -> None:
    with pytest.raises(InvalidInput, match="is off"):
        ada.disable("123456")


def test_guesses_at_a_confirmation_are_throttled(enrolled: Owner) -> None:
    for _ in range(6):
        with pytest.raises(InvalidOtp):
            enrolled.confirm(enrolled.wrong())
    with pytest.raises(TooManyAttempts):
        enrolled.confirm(enrolled.shown())
    enrolled.clock.advance(seconds=1)
    assert enrolled.confirm(enrolled.shown())


def test_guesses_of_one_session_make_no_other_wait_to_confirm(enrolled: Owner) -> None:
    for _ in range(6):
        with pytest.raises(InvalidOtp):
            enrolled.confirm(enrolled.wrong())
    enrolled.caller = replace(enrolled.caller, session_id=new_id())
    assert enrolled.confirm(enrolled.shown())


def test_guesses_at_disabling_are_throttled(protected: Owner) -> None:
    for _ in range(6):
        with pytest.raises(InvalidOtp):
            protected.disable(protected.wrong())
    with pytest.raises(TooManyAttempts):
        protected.disable(protected.shown())
    protected.clock.advance(seconds=1)
    protected.disable(protected.shown())


def test_right_code_forgives_the_wrong_ones(enrolled: Owner) -> None:
    for _ in range(5):
        with pytest.raises(InvalidOtp):
            enrolled.confirm(enrolled.wrong())
    codes = enrolled.confirm(enrolled.shown())
    for _ in range(5):
        with pytest.raises(InvalidOtp):
            enrolled.disable(enrolled.wrong())
    enrolled.disable(codes[0])
    enrolled.enrol()
    assert enrolled.confirm(enrolled.shown())


def test_every_act_is_put_on_record(protected: Owner, codes: list[str]) -> None:
    protected.check(protected.shown())
    protected.check(codes[0])
    protected.disable(codes[1])
    now = protected.clock()
    assert [(record.act, record.at) for record in records(ADA.id)] == [
        (Act.MFA_ENABLED, now - 60_000),
        (Act.RECOVERY_CODE_USED, now),
        (Act.MFA_DISABLED, now),
    ]
    for record in records(ADA.id):
        assert is_id(record.id)
        assert (record.actor, record.request_id) == (ADA.id, ORIGIN.request_id)


def _enrol(service: MfaService, caller: Caller) -> None:
    service.enrol(caller=caller, password=PASSWORD, origin=ORIGIN)


def _confirm(service: MfaService, caller: Caller) -> None:
    service.confirm(caller=caller, otp="123456", origin=ORIGIN)


def _disable(service: MfaService, caller: Caller) -> None:
    service.disable(caller=caller, password=PASSWORD, otp="123456", origin=ORIGIN)


@pytest.mark.parametrize("operation", [_enrol, _confirm, _disable])
def test_token_of_a_deleted_account_is_refused(
    ada: Owner, operation: Callable[[MfaService, Caller], None]
) -> None:
    with pytest.raises(InvalidToken):
        operation(ada.service, Caller(user_id=new_id(), scopes=frozenset(), session_id=new_id()))
