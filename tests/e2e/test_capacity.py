"""What docs/architecture.md says that requests about accounts and tasks cost.

The embedded AWS counts what is written by size, but takes every read for one unit (0.5 if it is
eventually consistent) and tells nothing of a BatchGetItem, which costs a unit for each item: what
a page reads is counted here, on the items that the API has stored.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest
from tests.benchmarks import data

from errand.storage.kinds import logged
from errand_testkit.units import read_units

from .metered import PASSWORD, Account

pytestmark = pytest.mark.deep

SHORT = {"title": "Buy milk"}
# Two write units, of which no view has more than the head.
LARGE = {"title": "Buy milk", "description": "x" * 1500}


def realistic(number: int) -> dict[str, Any]:
    """One of the tasks of the benchmarks, as a client sends it."""
    task = data._task(number % data.TASKS)
    names = {"title": "title", "description": "description", "due": "due_date"}
    fields = {public: task[name] for name, public in names.items()}
    return fields | {"links": list(task["links"]), "completed": task["completed"]}


@pytest.fixture
def ada(api_url: str) -> Iterator[Account]:
    account = Account(api_url)
    with closing(account.client):
        yield account


def test_register_writes_each_item_twice_as_dear_and_one_view(api_url: str) -> None:
    plain, with_email = Account(api_url), Account(api_url, email=True)
    assert (plain.registered, with_email.registered) == ((1, 4 + 1), (1, 6 + 1))
    for account in (plain, with_email):
        account.client.close()


def test_token_is_looked_up_once(ada: Account) -> None:
    # And two units for the account and its session.
    assert ada.authenticated == (2, 1)
    assert ada.cost("GET", "/users/me") == (1, 1)


def test_create_is_one_write_and_one_for_each_view(ada: Account) -> None:
    assert ada.cost("POST", "/tasks", 201, json=SHORT) == (1, 3)
    assert ada.cost("POST", "/tasks", 201, json=SHORT | {"completed": True}) == (1, 3)
    assert ada.cost("POST", "/tasks", 201, json=LARGE) == (1, 4)


def test_realistic_task_fits_into_one_unit_and_one_of_each_of_its_views(ada: Account) -> None:
    for number in range(data.TASKS):
        task = realistic(number)
        # By status, and by when it was completed; or by project, and by when it is due.
        views = 3 if task["due_date"] and not task["completed"] else 2
        assert ada.cost("POST", "/tasks", 201, json=task) == (1, 1 + views)


def test_create_with_a_receipt_is_a_transaction(ada: Account) -> None:
    headers = {"Idempotency-Key": "1"}
    assert ada.cost("POST", "/tasks", 201, json=SHORT, headers=headers) == (1, 6)
    # Reported as nothing: DynamoDB bills a refused transaction all the same.
    assert ada.cost("POST", "/tasks", 201, json=SHORT, headers=headers) == (1, 0)


def test_task_is_read_in_one(ada: Account) -> None:
    assert ada.cost("GET", ada.create(SHORT)) == (1, 1)
    assert ada.cost("GET", f"/tasks/{'0' * 26}", 404) == (1, 1)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_update_stays_in_the_view_or_moves_in_it(ada: Account, method: str) -> None:
    task = ada.create(SHORT)
    assert ada.cost(method, task, json={"title": "Buy bread"}) == (1, 3)
    # What decides about views is decided on the task: it is read first, for one unit.
    assert ada.cost(method, task, json={"completed": True}) == (2, 1 + 5)
    assert ada.cost(method, task, json={"completed": True}) == (2, 1 + 3)
    assert ada.cost(method, task, json={"completed": False}) == (2, 1 + 5)
    assert ada.cost(method, task, json={"due_date": "2026-12-24"}) == (2, 1 + 4)
    assert ada.cost(method, task, json={"due_date": "2026-12-25"}) == (2, 1 + 5)
    assert ada.cost(method, task, json={"priority": 1}) == (2, 1 + 5)
    assert ada.cost(method, task, json={"title": "Buy milk"}) == (1, 5)


def test_move_among_neighbours_is_one_write(ada: Account) -> None:
    first, second, third = (ada.create(SHORT) for _ in range(3))
    ids = [place.rpartition("/")[2] for place in (first, second, third)]
    assert ada.cost("POST", f"{third}/move", json={"at": "start"}) == (2, 1 + 4)
    # The neighbour, and the one beyond it, are read as well.
    assert ada.cost("POST", f"{third}/move", json={"before": ids[1]}) == (4, 3 + 4)


def test_part_of_a_task_is_written_with_the_root_of_its_tree(ada: Account) -> None:
    root = ada.create(SHORT).rpartition("/")[2]
    part = SHORT | {"parent_id": root}
    assert ada.cost("POST", "/tasks", 201, json=part) == (3, 2 + (2 + 3) + (2 + 2))


def test_labels_are_read_with_what_bears_them(ada: Account) -> None:
    assert ada.cost("POST", "/tasks", 201, json=SHORT | {"labels": ["bank"]}) == (
        2,
        1 + (2 + 2) + 2,
    )
    assert ada.cost("POST", "/tasks", 201, json=SHORT | {"labels": ["bank"]}) == (2, 1 + 3)
    assert ada.cost("GET", "/tasks") == (2, 2)


def test_refused_update_is_one_call(ada: Account) -> None:
    task, headers = ada.create(SHORT), {"If-Match": '"7"'}
    assert ada.cost("PATCH", task, 412, json=SHORT, headers=headers) == (1, 0)
    assert ada.cost("DELETE", f"/tasks/{'0' * 26}", 404) == (1, 1)


def test_delete_moves_a_task_into_the_trash(ada: Account) -> None:
    # Read, then moved into the trash by a transaction, from one view into another.
    assert ada.cost("DELETE", ada.create(SHORT), 204) == (2, 1 + 2 * 2 + 3)
    assert ada.cost("DELETE", ada.create(LARGE), 204) == (2, 1 + 2 * 4 + 3)


def test_commands_together_read_and_write_each_record_once(ada: Account) -> None:
    task = ada.create(SHORT)
    changes = ({"title": "Buy bread"}, {"priority": 1}, {"description": "Rye"})
    commands: list[dict[str, Any]] = [
        {"id": f"{number}", "method": "PATCH", "path": task, "body": change}
        for number, change in enumerate(changes)
    ]
    commands.append({"id": "new", "method": "POST", "path": "/tasks", "body": SHORT})
    # The receipt and the task are read; then task, new task and receipt are written, all twice as
    # dear, and the views: two and that of its priority, and two.
    sent = {"commands": commands, "all_or_nothing": True}
    assert ada.cost("POST", "/sync", json=sent) == (3, 2 + 3 * 2 + 3 + 2)


def test_change_that_tells_what_it_began_with_keeps_what_it_replaces(ada: Account) -> None:
    task = ada.create(SHORT)

    def change(title: str, was: str) -> dict[str, Any]:
        command = {"method": "PATCH", "path": task, "body": {"title": title}, "was": {"title": was}}
        return {"commands": [{"id": title.replace(" ", "-"), **command}]}

    # The receipt and the task, the task with its views; the receipt.
    assert ada.cost("POST", "/sync", json=change("Buy oat milk", "Buy milk")) == (4, 2 + 3 + 1)
    # Keys of comments more; task and comment, which is in a view, in one transaction.
    assert ada.cost("POST", "/sync", json=change("Buy soy milk", "Buy milk")) == (5, 3 + 4 + 3 + 1)


def test_account_is_read_then_written_with_its_view(api_url: str) -> None:
    account = Account(api_url, email=True)
    with closing(account.client):

        def patch(**changes: str | None) -> tuple[int, float]:
            account.is_seen()
            return account.cost("PATCH", "/users/me", json=changes)

        assert patch(full_name="Ada") == (2, 1 + 2)
        # The password is counted and forgiven, names tried are counted, the change put on record.
        renamed = patch(username=f"{account.name}-2", current_password=PASSWORD)
        assert renamed == (5, 1 + 2 + 1 + 9)
        assert patch(email=None, current_password=PASSWORD) == (5, 1 + 2 + 1 + 7)
        assert patch(password=PASSWORD, current_password=PASSWORD) == (4, 1 + 2 + 5)


def test_deletion_asks_for_the_password(ada: Account) -> None:
    wrong, right = ({"password": password} for password in ("wrong", PASSWORD))
    assert ada.cost("DELETE", "/users/me", 400, json=wrong) == (3, 1 + 1 + 1)
    assert ada.cost("DELETE", "/users/me", 204, json=right) == (4, 1 + 2 + 5)


@pytest.mark.parametrize(
    "query", ["", "&completed=false", "&completed=true", "&order=asc", "&view=today", "&priority=1"]
)
def test_page_is_one_query(ada: Account, query: str) -> None:
    ada.create(SHORT)
    assert ada.cost("GET", f"/tasks?limit=25{query}") == (1, 1)


def test_activity_is_one_query_and_a_copy_one_for_each_kind(ada: Account) -> None:
    ada.create(SHORT)
    assert ada.cost("GET", "/activity?limit=25") == (1, 1)
    # The last entry, each kind (of tasks open and completed ones), and whether more has come.
    queries = 1 + len([*logged()]) + 1 + 1
    assert ada.cost("GET", "/sync") == (queries, queries)


@pytest.mark.parametrize(("fields", "units"), [(lambda _: SHORT, 2), (realistic, 3)])
def test_page_of_25_is_read_by_its_size(
    ada: Account,
    aws_client: Callable[[str], Any],
    fields: Callable[[int], dict[str, Any]],
    units: int,
) -> None:
    # One more than the page: so many does the API ask for, to see whether there is a next one.
    for number in range(26):
        ada.create(fields(number))
    items = aws_client("dynamodb").query(
        TableName="DataTable",
        KeyConditionExpression="pk = :owner AND begins_with(sk, :task)",
        ExpressionAttributeValues={":owner": {"S": f"USER#{ada.id}"}, ":task": {"S": "TASK#"}},
    )["Items"]
    assert len(items) == 26
    assert read_units(items) == units


def test_large_import_is_counted_kept_and_gets_a_turn(ada: Account) -> None:
    new = {"format": "todoist"}
    first = ada.client.post("/imports/uploads", json=new, headers={"Idempotency-Key": "1"}).json()
    place = f"/imports/{first['id']}"
    # Read, import and turn.
    assert ada.cost("DELETE", place, 204) == (2, 1 + 4)
    # Count, import and turn.
    assert ada.cost("POST", "/imports/uploads", 201, json=new) == (2, 1 + 4)
    assert ada.cost("GET", "/imports") == (1, 1)
    assert ada.cost("GET", place) == (1, 1)
    assert ada.cost("GET", f"{place}/report") == (2, 2)
