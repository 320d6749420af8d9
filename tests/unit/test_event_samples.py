"""events/README.md says which function each sample is for; those of the bus have one, too."""

import json
import re
from typing import Any

import pytest
from tools import invoke
from tools.sam_template import functions

from errand_testkit.stack import FUNCTIONS, ROOT

EVENTS = ROOT / "events"
SUBSCRIBER = EVENTS / "subscriber" / "template.yaml"
ROW = re.compile(r"^\| `([\w-]+\.json)` \| `(\w+)` \|", re.MULTILINE)
LISTED = dict(ROW.findall((EVENTS / "README.md").read_text()))
PREFIXES = {
    "api": "ApiFunction",
    "version": "CheckVersionFunction",
    "stream": "PublishChangesFunction",
    "log": "RecordChangesFunction",
    "schedules": "KeepSchedulesFunction",
    "reminder": "SendRemindersFunction",
    "index": "IndexTasksFunction",
    "purge": "PurgeAccountsFunction",
    "import": "ImportTasksFunction",
    "mail": "SendMailsFunction",
    "socket": "ServeSocketsFunction",
    "hint": "PushHintsFunction",
    "task": "FanOutWebhooksFunction",
    "delivery": "DeliverWebhooksFunction",
    "notice": "NotifyBrowsersFunction",
    "feedback": "NoteFeedbackFunction",
    "bus": "SubscriberFunction",
}


def test_every_sample_is_listed_with_a_function_that_is_there() -> None:
    assert LISTED.keys() == {file.name for file in EVENTS.glob("*.json")}
    assert {*LISTED.values()} == FUNCTIONS.keys() | functions(SUBSCRIBER).keys()


def test_name_of_a_sample_begins_with_what_it_is_for() -> None:
    assert {name: PREFIXES[name.partition("-")[0]] for name in LISTED} == LISTED


@pytest.mark.parametrize(
    ("event", "type_", "changed"),
    [
        ("bus-task-created", "task.created", []),
        ("bus-task-completed", "task.completed", ["completed", "completed_at"]),
        ("bus-user-deleted", "user.deleted", []),
    ],
)
def test_sample_subscriber_hears_what_is_on_the_bus(
    capfd: pytest.CaptureFixture[str], event: str, type_: str, changed: list[str]
) -> None:
    arguments = ["subscriber", str(EVENTS / f"{event}.json"), "--template", str(SUBSCRIBER)]
    assert invoke.main(arguments) == 0
    heard: dict[str, Any] = json.loads(capfd.readouterr().out)
    assert heard["type"] == type_
    assert {*changed} <= {*heard["changed"]}
