"""`make user`: what an operator does with an account, and the record of it."""

import json
from dataclasses import replace

import pytest
from tools import deployment, user
from tools.deployment import Deployment, Refused
from tools.user import ACTIONS, Operator

from errand.identity.accounts.model import Account
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act
from errand.identity.audit.service import AuditTrail
from errand.keys import KeyRing
from errand.pages import Pager
from errand_testkit.contention import ContendedStore
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, BOB, NOW
from errand_testkit.storage import Tasks
from errand_testkit.stored import acts, change_account, present, records, store_account

OUTPUTS = {
    "DataTableName": "DataTable",
    "LogTableName": "LogTable",
    "EphemeralTableName": "EphemeralTable",
    "SigningSecretName": "signing",
}


@pytest.fixture
def ada(fake: FakeDynamo) -> Account:  # noqa: ARG001 - it is on it
    return store_account(ADA)


@pytest.fixture
def operator(
    store: ContendedStore, trail: AuditTrail, clock: ManualClock, ring: KeyRing
) -> Operator:
    return Operator(
        accounts=DynamoAccounts(), store=store, trail=trail, pager=Pager(ring), clock=clock
    )


@pytest.mark.usefixtures("ada")
def test_account_is_shown_without_secrets(operator: Operator) -> None:
    told = operator.show("ADA")
    assert f"id: {ADA.id}" in told
    assert f"email: {ADA.email}" in told
    assert ADA.password_hash not in told


def test_user_is_disabled_and_enabled_again(operator: Operator, ada: Account) -> None:
    assert operator.disable("ada") == "ada is disabled, and logged out"
    assert present(ada).disabled
    assert operator.enable("ada") == "ada is enabled"
    assert not present(ada).disabled
    assert acts(ada.id) == [Act.DISABLED, Act.ENABLED]


def test_administrators_are_users_too(operator: Operator, ada: Account) -> None:
    change_account(ada, now=NOW, admin=True)
    operator.disable("ada")
    assert present(ada).disabled


def test_user_is_logged_out_everywhere(operator: Operator, ada: Account) -> None:
    operator.log_out("ada")
    assert present(ada).tokens_from is not None
    [record] = records(ada.id)
    assert (record.act, record.actor, record.agent) == (Act.FORCED_LOG_OUT, None, "make user")


def test_export_is_one_document_of_however_many_pages(operator: Operator, ada: Account) -> None:
    tasks = Tasks(ManualClock())
    titles = {f"{number} {'x' * 15_000}" for number in range(80)}
    for title in titles:
        tasks.create(user_id=ada.id, title=title[:200], description=title)
    store_account(BOB)
    told = json.loads(ACTIONS["export"](operator, "ada"))
    assert {task["description"] for task in told["tasks"]} == titles
    assert told["account"]["username"] == "Ada"
    assert [one["act"] for one in told["security_log"]] == ["exported"]


def test_deleted_account_is_gone_and_its_name_free(operator: Operator, ada: Account) -> None:
    operator.delete("ada")
    with pytest.raises(Refused, match="there is no user ada"):
        operator.show("ada")
    assert DynamoAccounts().read(ada.id) is None
    store_account(replace(ADA, id=BOB.id))


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("name", ["nobody", "--all", "ada; true", "", "a" * 3000], ids=len)
@pytest.mark.usefixtures("ada")
def test_nobody_of_that_name(operator: Operator, action: str, name: str) -> None:
    with pytest.raises(Refused, match="there is no user"):
        ACTIONS[action](operator, name)


@pytest.mark.parametrize("action", ["disable", "delete"])
@pytest.mark.usefixtures("ada")
def test_account_that_keeps_changing(
    operator: Operator, store: ContendedStore, action: str
) -> None:
    store.meanwhile = [lambda: change_account(present(ADA), now=NOW, full_name="Ada")] * 9
    with pytest.raises(Refused, match="keeps changing"):
        ACTIONS[action](operator, "ada")


@pytest.mark.usefixtures("tables")
def test_nothing_is_deleted_unless_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(deployment, "enter", lambda name: Deployment(f"the stack {name}", OUTPUTS))
    ada = store_account(ADA)
    assert user.main(["--stack", "x", "--action", "delete", "ada"]) == 1
    assert "takes YES=1" in capsys.readouterr().err
    assert present(ada)
    assert user.main(["--stack", "x", "--action", "delete", "--yes", "ada"]) == 0
    assert capsys.readouterr().out.startswith("the stack x: ada is deleted")
