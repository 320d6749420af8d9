"""`make grant-admin`: who is an administrator, and the record of who became one."""

from collections.abc import Callable

import pytest
from tools import deployment, grant_admin
from tools.deployment import Deployment, Refused

from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, NOW
from errand_testkit.stored import acts, change_account, present, records, store_account

OUTPUTS = {
    "DataTableName": "DataTable",
    "LogTableName": "LogTable",
    "EphemeralTableName": "EphemeralTable",
    "SigningSecretName": "signing",
}

type Grant = Callable[..., str]


@pytest.fixture
def ada(fake: FakeDynamo) -> Account:  # noqa: ARG001 - it is on it
    return store_account(ADA)


@pytest.fixture
def grant(store: ContendedStore, trail: AuditTrail, clock: ManualClock) -> Grant:
    def call(username: str, *, admin: bool) -> str:
        return grant_admin.grant(
            DynamoAccounts(),
            store=store,
            trail=trail,
            username=username,
            admin=admin,
            clock=clock,
        )

    return call


def test_user_becomes_an_administrator(grant: Grant, ada: Account) -> None:
    assert grant("ada", admin=True) == "Ada is an administrator now"
    assert present(ada).admin


def test_administrator_becomes_a_user_again(grant: Grant, ada: Account) -> None:
    grant("Ada", admin=True)
    assert grant("Ada", admin=False) == "Ada is no administrator now"
    assert not present(ada).admin


def test_both_are_on_record(grant: Grant, ada: Account, clock: ManualClock) -> None:
    grant("ada", admin=True)
    clock.advance(seconds=1)
    grant("ada", admin=False)
    granted, revoked = records(ada.id)
    assert (granted.act, granted.at) == (Act.ADMIN_GRANTED, NOW)
    assert (revoked.act, revoked.at) == (Act.ADMIN_REVOKED, NOW + 1000)
    for record in (granted, revoked):
        assert record.actor is None
        assert (record.address, record.agent) == (None, "make grant-admin")
    assert granted.request_id != revoked.request_id


@pytest.mark.parametrize(
    ("admin", "line"),
    [(True, "Ada is an administrator already"), (False, "Ada is no administrator already")],
)
def test_what_is_so_already_leaves_no_record(
    grant: Grant, ada: Account, *, admin: bool, line: str
) -> None:
    if admin:
        grant("ada", admin=True)
    before = records(ada.id)
    assert grant("ada", admin=admin) == line
    assert records(ada.id) == before


def test_nobody_of_that_name(grant: Grant) -> None:
    with pytest.raises(Refused, match=r"^there is no user eve$"):
        grant("eve", admin=True)


def test_change_that_came_first_is_kept(grant: Grant, ada: Account, store: ContendedStore) -> None:
    store.meanwhile = [lambda: change_account(present(ada), now=NOW, full_name="Ada King")] * 2
    grant("ada", admin=True)
    assert (present(ada).admin, present(ada).full_name) == (True, "Ada King")
    assert acts(ada.id) == [Act.ADMIN_GRANTED]


def test_account_that_keeps_changing(grant: Grant, ada: Account, store: ContendedStore) -> None:
    store.meanwhile = [lambda: change_account(present(ada), now=NOW, full_name="Ada King")] * 9
    with pytest.raises(Refused, match="try again"):
        grant("ada", admin=True)


@pytest.fixture
def _deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables are those of any stack."""
    monkeypatch.setattr(deployment, "enter", lambda name: Deployment(f"the stack {name}", OUTPUTS))


@pytest.mark.usefixtures("tables", "_deployed")
def test_command_tells_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    store_account(ADA)
    assert grant_admin.main(["--stack", "errand", "--", "ada"]) == 0
    assert present(ADA).admin
    assert grant_admin.main(["--stack", "errand", "--revoke", "ada"]) == 0
    assert not present(ADA).admin
    assert capsys.readouterr().out.splitlines() == [
        "the stack errand: Ada is an administrator now",
        "the stack errand: Ada is no administrator now",
    ]


@pytest.mark.usefixtures("tables", "_deployed")
def test_command_says_in_a_line_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    assert grant_admin.main(["--stack", "errand", "--", "-eve"]) == 1
    assert capsys.readouterr() == ("", "grant-admin: there is no user -eve\n")
