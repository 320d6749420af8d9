"""What the mail of a reminder says, and when it says nothing any more."""

from datetime import date, datetime
from typing import Any

import pytest

from errand import opaque
from errand.ids import new_id
from errand.mails.kinds import Desk, decode
from errand.mails.rendering import Mail, render
from errand.reminding.mails import REMINDER, ReminderMail
from errand.storage.kinds import TASK, Table
from errand.storage.plain import PlainTables
from errand.tasks.due import Due
from errand.tasks.model import Task
from errand.tasks.reminders import Reminder
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.mails import ADA, account
from send_mails import KINDS

NOW = 1795336200000
NAMES = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable"}


def reminded(**fields: Any) -> Task:
    """A task with a reminder that is due."""
    about = {"title": "Buy milk", "reminders": (Reminder(at=NOW),), **fields}
    return Task.new(new_id(), about, now=NOW)


def told(app_url: str = "", **fields: Any) -> Any:
    """What the template is given for a task with these fields."""
    fake = FakeDynamo()
    tables = PlainTables(dynamodb=fake, names=NAMES)
    task = reminded(**fields)
    tables.put(TASK, TASK.key(ADA, task.id), task)

    return data(tables, task.id, app_url=app_url)


def data(tables: PlainTables, task_id: str, *, app_url: str = "", public_url: str = "") -> Any:
    desk = Desk(tables=tables, now=NOW, app_url=app_url, public_url=public_url)
    request = ReminderMail(request_id="1", user_id=ADA, task_id=task_id, at=NOW)
    return REMINDER.data(desk, request, account())


def mail(app_url: str = "", **fields: Any) -> Mail:
    about = told(app_url, **fields) | {"public_url": "", "unsubscribe_url": None}
    return render(REMINDER.template, about)


@pytest.mark.parametrize(
    ("due", "words"),
    [
        (Due(date(2026, 12, 24)), "- Buy milk (due 2026-12-24)"),
        (Due(datetime(2026, 12, 24, 9)), "- Buy milk (due 2026-12-24 09:00)"),  # noqa: DTZ001
        (
            Due(datetime(2026, 12, 24, 9), "Europe/Berlin"),  # noqa: DTZ001 - its zone is beside it
            "- Buy milk (due 2026-12-24 09:00 Europe/Berlin)",
        ),
        (None, "- Buy milk"),
    ],
    ids=str,
)
def test_it_tells_what_is_due_and_when(due: Due | None, words: str) -> None:
    sent = mail(due=due)
    assert sent.subject == "Reminder: Buy milk"
    assert words in sent.text.splitlines()


def test_it_tells_the_rest_and_leads_to_the_client() -> None:
    sent = mail("https://app.example.com", description="Two\nlitres")
    assert "Two litres" in sent.text
    assert 'href="https://app.example.com"' in sent.html


def test_of_a_task_that_is_done_moved_or_gone_there_is_nothing_to_say() -> None:
    assert told(completed=True) is None
    assert told(reminders=(Reminder(at=NOW + 60_000),)) is None
    tables = PlainTables(dynamodb=FakeDynamo(), names=NAMES)
    assert data(tables, new_id()) is None


def test_it_leads_to_the_page_that_snoozes_where_the_api_is_known() -> None:
    fake = FakeDynamo()
    tables = PlainTables(dynamodb=fake, names=NAMES)
    task = reminded()
    tables.put(TASK, TASK.key(ADA, task.id), task)
    assert data(tables, task.id)["snooze_url"] is None
    assert fake.all("EphemeralTable") == []

    about = data(tables, task.id, public_url="https://api.example.com/")
    url = about["snooze_url"]
    assert url.startswith("https://api.example.com/mail/snooze/")
    [kept] = fake.all("EphemeralTable")
    presented = opaque.parse(url.rpartition("/")[2])
    assert kept["sk"] == {"S": f"SNOOZE#{presented.digest}"}
    assert (kept["ti"], kept["ra"]) == ({"S": task.id}, {"N": str(NOW)})
    assert url.rpartition("/")[2] not in str(kept)
    made = render(REMINDER.template, about | {"public_url": "", "unsubscribe_url": None})
    assert url in made.text.splitlines()
    assert f'href="{url}"' in made.html


def test_message_is_understood() -> None:
    body = '{"version":"1","kind":"reminder","request_id":"x","at":1,'
    body += f'"user_id":"{ADA}","task_id":"{ADA}"}}'
    expected = ReminderMail(request_id="x", user_id=ADA, task_id=ADA, at=1)
    assert decode(KINDS, body) == (REMINDER, expected)
