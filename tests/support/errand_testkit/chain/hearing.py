"""What people hear of: reminders by each channel, and digests."""

from collections import Counter
from datetime import date
from typing import Any

from errand import opaque
from errand.records import load
from errand.reminding.model import SnoozeToken
from errand.storage.kinds import SNOOZE_TOKEN
from errand_testkit.chain.functions import PUBLIC_URL
from errand_testkit.chain.history import History, Reminder
from errand_testkit.chain.mischief import Mischief
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.push import Browser

_SNOOZE = f"{PUBLIC_URL}/mail/snooze/"


class Heard:
    """`digests`: of each account, by days; `mistaken`: reminders that their tasks did not have."""

    def __init__(self, fake: FakeDynamo, history: History, mischief: Mischief) -> None:
        self.reminders: dict[str, Counter[Reminder]] = {
            "event": Counter(),
            "mail": Counter(),
            "push": Counter(),
        }
        self.digests: Counter[tuple[str, date]] = Counter()
        self.mistaken: list[tuple[str, Reminder]] = []
        self._fake = fake
        self._history = history
        self._mischief = mischief

    def event(self, detail: dict[str, Any]) -> None:
        if detail["type"] == "reminder.due":
            user_id, task_id, at = detail["id"].split("-")
            self._remind("event", Reminder(user_id, task_id, int(at)))

    def mail(self, request: dict[str, Any]) -> None:
        """Of what it is, the link in it tells."""
        text = request["Content"]["Simple"]["Body"]["Text"]["Data"]
        token = opaque.parse(text.partition(_SNOOZE)[2].split()[0])
        key = SNOOZE_TOKEN.key(token.user_id, token.digest)
        about = load(SnoozeToken, self._fake.items[TABLES[2]][key.pk, key.sk])
        if about.task_id is not None:
            self._remind("mail", Reminder(about.user_id, about.task_id, about.at))
            return
        digest = about.user_id, self._history.today(about.user_id)
        self.digests[digest] += 1
        self._mischief.caller.untold = digest

    def notice(self, browser: Browser, user_id: str, body: bytes) -> None:
        """Of a browser, which knows by its id what it has shown."""
        task_id, at = browser.read(body)["id"].split("-")
        self._remind("push", Reminder(user_id, task_id, int(at)))

    def _remind(self, channel: str, reminder: Reminder) -> None:
        self.reminders[channel][reminder] += 1
        self._mischief.caller.untold = channel, reminder
        if not self._history.had(reminder, since=self._mischief.caller.begun_at):
            self.mistaken.append((channel, reminder))
