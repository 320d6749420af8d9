"""`make grant-admin`: who is an administrator, and the record of who became one."""

from typing import Any

import pytest
from tools import deployment, grant_admin
from tools.deployment import Deployment, Refused
from tools.grant_admin import grant

from errand.accounts.model import Account
from errand.accounts.repository import DynamoAccounts
from errand.audit.model import Act, AuditRecord
from errand.audit.repository import DynamoAuditLog
from errand.ids import new_id
from errand_testkit.fakes import ManualClock

NOW = ManualClock()()
OUTPUTS = {
    "DataTableName": "DataTable",
    "EphemeralTableName": "EphemeralTable",
    "SigningSecretName": "signing",
}


@pytest.fixture
def accounts(tables: None) -> DynamoAccounts:  # noqa: ARG001 - it is on them
    return DynamoAccounts()


@pytest.fixture
def ada(accounts: DynamoAccounts) -> Account:
    account = Account(
        id=new_id(), username="Ada", password_hash="x", created_at=NOW, updated_at=NOW
    )
    accounts.add(account, receipt=None, answer="")
    return account


def is_admin(account: Account) -> bool:
    present = DynamoAccounts().read(account.id)
    assert present
    return present.admin


def records(account: Account) -> list[AuditRecord]:
    """Newest first."""
    return DynamoAuditLog().page(user_id=account.id, after=None, limit=10)[0]


def test_user_becomes_an_administrator(accounts: DynamoAccounts, ada: Account) -> None:
    assert grant(accounts, username="ada", admin=True, now=NOW + 1) == "Ada is an administrator now"
    assert is_admin(ada)


def test_administrator_becomes_a_user_again(accounts: DynamoAccounts, ada: Account) -> None:
    grant(accounts, username="Ada", admin=True, now=NOW)
    assert grant(accounts, username="Ada", admin=False, now=NOW) == "Ada is no administrator now"
    assert not is_admin(ada)


def test_both_are_on_record(accounts: DynamoAccounts, ada: Account) -> None:
    grant(accounts, username="ada", admin=True, now=NOW + 1)
    grant(accounts, username="ada", admin=False, now=NOW + 2)
    revoked, granted = records(ada)
    assert (granted.act, granted.at) == (Act.ADMIN_GRANTED, NOW + 1)
    assert (revoked.act, revoked.at) == (Act.ADMIN_REVOKED, NOW + 2)
    for record in (granted, revoked):
        assert record.actor is None
        assert (record.origin.address, record.origin.agent) == (None, "make grant-admin")
    assert granted.origin.request_id != revoked.origin.request_id


@pytest.mark.parametrize(
    ("admin", "line"),
    [(True, "Ada is an administrator already"), (False, "Ada is no administrator already")],
)
def test_what_is_so_already_leaves_no_record(
    accounts: DynamoAccounts, ada: Account, *, admin: bool, line: str
) -> None:
    if admin:
        grant(accounts, username="ada", admin=True, now=NOW)
    before = records(ada)
    assert grant(accounts, username="ada", admin=admin, now=NOW) == line
    assert records(ada) == before


def test_nobody_of_that_name(accounts: DynamoAccounts) -> None:
    with pytest.raises(Refused, match=r"^there is no user eve$"):
        grant(accounts, username="eve", admin=True, now=NOW)


class Contended(DynamoAccounts):
    """Somebody else changes the account first, the first `times` times."""

    def __init__(self, times: int) -> None:
        self._times = times

    def change(self, account: Account, *arguments: Any, **options: Any) -> Account:
        if self._times:
            self._times -= 1
            super().change(account, {"full_name": str(self._times)}, now=NOW)
        return super().change(account, *arguments, **options)


@pytest.mark.usefixtures("accounts")
def test_change_that_came_first_is_kept(ada: Account) -> None:
    grant(Contended(2), username="ada", admin=True, now=NOW)
    present = DynamoAccounts().read(ada.id)
    assert present
    assert (present.admin, present.full_name) == (True, "0")
    assert len(records(ada)) == 1


@pytest.mark.usefixtures("ada")
def test_account_that_keeps_changing() -> None:
    with pytest.raises(Refused, match="try again"):
        grant(Contended(9), username="ada", admin=True, now=NOW)


@pytest.fixture
def _deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are those of any stack."""
    monkeypatch.setattr(deployment, "enter", lambda name: Deployment(f"the stack {name}", OUTPUTS))


@pytest.mark.usefixtures("_deployed")
def test_command_tells_what_it_did(ada: Account, capsys: pytest.CaptureFixture[str]) -> None:
    assert grant_admin.main(["--stack", "errand", "--", "ada"]) == 0
    assert is_admin(ada)
    assert grant_admin.main(["--stack", "errand", "--revoke", "ada"]) == 0
    assert not is_admin(ada)
    assert capsys.readouterr().out.splitlines() == [
        "the stack errand: Ada is an administrator now",
        "the stack errand: Ada is no administrator now",
    ]


@pytest.mark.usefixtures("_deployed", "accounts")
def test_command_says_in_a_line_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert grant_admin.main(["--stack", "errand", "--", "-eve"]) == 1
    assert capsys.readouterr() == ("", "grant-admin: there is no user -eve\n")
