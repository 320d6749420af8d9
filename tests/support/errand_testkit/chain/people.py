"""Who changes something, at random, as the API lets them. What they do always succeeds."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from errand import acting
from errand.acting import Actor
from errand.comments.schemas import CommentCreate, CommentUpdate
from errand.errors import ErrandError
from errand.identity.caller import Caller
from errand.identity.scopes import Scope
from errand.ids import new_id
from errand.projects.model import INBOX
from errand.projects.schemas import ProjectCreate, ProjectUpdate
from errand.push.model import Subscription
from errand.push.repository import DynamoSubscriptions
from errand.push.schemas import PushSubscriptionCreate
from errand.realtime.model import Holder
from errand.tasks.schemas import TaskCreate
from errand.tasks.update_schemas import TaskUpdate
from errand.uploads.model import Upload
from errand.uploads.repository import DynamoUploads
from errand_api.features import comments, occurrences, projects, tasks, trash
from errand_testkit.chain.aws import S3
from errand_testkit.chain.receivers import PUSHED
from errand_testkit.dynamo import TABLES, FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import new_account
from errand_testkit.push import Browser
from errand_testkit.sockets import FakeGateway, opening, server, store_ticket
from errand_testkit.stored import (
    change_account,
    commit,
    new_session,
    present,
    remove_account,
    store_account,
    store_session,
    store_webhook,
)
from errand_testkit.sync_devices import services_of

_ZONES = ("UTC", "Europe/Berlin", "America/New_York")
# Minutes from now; the last of them a year.
_SOON = (-2, 1, 2, 3, 5, 8, 13, 21, 34, 525_600)
# What the webhooks of each person are told of; an empty one of all.
WANTED: dict[str, tuple[str, ...]] = {
    "all": (),
    "some": ("task.completed", "reminder.due", "comment.created"),
    "in-order": ("task.created", "task.updated"),
    "home": ("task.created", "task.updated", "task.deleted"),
}


@dataclass
class Place:
    """Where people live."""

    fake: FakeDynamo
    gateway: FakeGateway
    s3: S3
    clock: ManualClock
    dice: Random


class Person:
    """Who has an account with webhooks, one of the project `home`, and looks at it by sockets."""

    def __init__(self, place: Place, name: str) -> None:
        self.name = name
        self.sockets: list[str] = []
        self.imported: list[str] = []
        self.is_gone = False
        self._place = place
        self._written = 0
        now = place.clock()
        self.account = store_account(replace(new_account(name, now=now), email_verified=True))
        self.session = store_session(new_session(self.account, now=now)[0])
        self.browser = Browser(endpoint=f"https://push.example.com{PUSHED}{name}")
        self._subscribe()
        services = services_of(place.clock)
        self._tasks = services.of(tasks.service)
        self._occurrences = services.of(occurrences.service)
        self._trash = services.of(trash.service)
        self._comments = services.of(comments.service)
        self._projects = services.of(projects.service)
        self.home = self._projects.create(caller=self._caller, new=ProjectCreate(name="Home")).id
        for label, events in WANTED.items():
            about = {"url": f"https://hooks.example.com/{name}/{label}", "events": events}
            project = self.home if label == "home" else None
            is_line = label == "in-order"
            store_webhook(self.account, now=now, in_order=is_line, project_id=project, **about)
        self._acts: dict[Callable[[], object], int] = {
            self.create: 30,
            self._move: 14,
            self._rename: 8,
            self._complete: 8,
            self._reopen: 4,
            self._delete: 6,
            self._restore: 5,
            self._say: 8,
            self._say_otherwise: 4,
            self._project: 4,
            self._travel: 2,
            self._ask_for_digests: 2,
            self._import: 2,
            self.open_socket: 3,
        }

    def step(self) -> None:
        acting.begin(Actor(user_id=self.account.id, session_id=self.session.id))
        [act] = self._place.dice.choices([*self._acts], [*self._acts.values()])
        # What they mean may be gone by then.
        with suppress(ErrandError):
            act()
        acting.begin(None)

    def begin(self) -> None:
        """With what gives each function something to do."""
        now = datetime.fromtimestamp(self._place.clock() // 1000, UTC)
        reminders = [{"type": "absolute", "at": now.isoformat()}]
        # One of them may be done, or moved, before it is mailed.
        for _ in range(2):
            new = TaskCreate(title=self._title(), reminders=reminders)
            self._tasks.create(caller=self._caller, new=new)
        self._import()

    def create(self) -> None:
        fields = {"title": self._title(), **self._project_of_one(), **self._time()}
        self._tasks.create(caller=self._caller, new=TaskCreate(**fields))

    def open_socket(self) -> None:
        clock, gateway = self._place.clock, self._place.gateway
        ticket = store_ticket(self.account, Holder(session_id=self.session.id), now=clock())
        connection = f"{self.name}-{len(self.sockets)}"
        server(self._place.fake, gateway, clock=clock).answer(opening(ticket, connection))
        self.sockets.append(connection)

    def _subscribe(self) -> None:
        said = PushSubscriptionCreate.model_validate(self.browser.to_json()).registration()
        subscription = Subscription.of(
            said, user_id=self.account.id, session_id=self.session.id, now=self._place.clock()
        )
        repository = DynamoSubscriptions()
        known = repository.known(user_id=self.account.id, subscription_id=subscription.id)
        commit(lambda unit: repository.register(unit, subscription, known=known))

    def leave(self) -> None:
        """With all that they have."""
        remove_account(present(self.account))
        self.is_gone = True

    @property
    def _caller(self) -> Caller:
        return Caller(
            user_id=self.account.id,
            scopes=frozenset(Scope),
            session_id=self.session.id,
            timezone=present(self.account).timezone,
        )

    def _title(self) -> str:
        self._written += 1
        return f"Change {self._written} of {self.name}"

    def _project_of_one(self) -> dict[str, Any]:
        return {"project_id": self._place.dice.choice((INBOX, self.home))}

    def _time(self) -> dict[str, Any]:
        """When it is due, and when to be reminded: soon, or just now."""
        dice, now = self._place.dice, datetime.fromtimestamp(self._place.clock() // 1000, UTC)
        soon = now + timedelta(minutes=dice.choice(_SOON))
        before = {"type": "relative", "before": "due", "minutes": dice.choice((0, 0, 1, 10))}
        zoned = {"type": "zoned", "at": f"{soon:%Y-%m-%dT%H:%M:%S}", "zone": "UTC"}
        floating = {"type": "floating", "at": f"{soon:%Y-%m-%dT%H:%M:%S}"}
        absolute = {"type": "absolute", "at": soon.isoformat()}
        return dice.choice(
            (
                {"reminders": []},
                {"due": zoned, "reminders": [before]},
                {"due": zoned, "reminders": [before, absolute]},
                {"due": floating, "reminders": [before]},
                {"reminders": [absolute]},
                {"due": zoned, "reminders": [before], "recurrence": {"rule": "FREQ=DAILY"}},
            )
        )

    def _move(self) -> None:
        time = {"due": None, "recurrence": None, **self._time()}
        self._update(**time, **self._project_of_one())

    def _rename(self) -> None:
        self._update(title=self._title())

    def _complete(self) -> None:
        self._occurrences.complete(caller=self._caller, task_id=self._one("TASK#"))

    def _reopen(self) -> None:
        self._update(completed=False)

    def _delete(self) -> None:
        self._tasks.delete(caller=self._caller, task_id=self._one("TASK#"))

    def _restore(self) -> None:
        act = self._trash.restore if self._place.dice.random() < 0.7 else self._trash.delete
        act(caller=self._caller, task_id=self._one("TRASH#"))

    def _say(self) -> None:
        new = CommentCreate(text=self._title())
        self._comments.create(caller=self._caller, task_id=self._one("TASK#"), new=new)

    def _say_otherwise(self) -> None:
        _, task_id, comment_id = (self._key("COMMENT#") or "##").split("#")
        about: dict[str, Any] = {"task_id": task_id, "comment_id": comment_id}
        if self._place.dice.random() < 0.5:
            update = CommentUpdate(text=self._title())
            self._comments.update(caller=self._caller, **about, update=update)
        else:
            self._comments.delete(caller=self._caller, **about)

    def _project(self) -> None:
        project_id = self._one("PROJECT#")
        if not project_id:
            self._projects.create(caller=self._caller, new=ProjectCreate(name=self._title()))
            return
        update = ProjectUpdate(name=self._title())
        self._projects.update(caller=self._caller, project_id=project_id, update=update)

    def _ask_for_digests(self) -> None:
        """Soon, by any clock, or none any more."""
        now = datetime.fromtimestamp(self._place.clock() // 1000, UTC)
        soon = now + timedelta(minutes=self._place.dice.randrange(20))
        time = self._place.dice.choice((None, f"{soon:%H:%M}", f"{soon:%H:%M}"))
        change_account(present(self.account), now=self._place.clock(), digest_time=time)

    def _travel(self) -> None:
        zone = self._place.dice.choice(_ZONES)
        change_account(present(self.account), now=self._place.clock(), timezone=zone)

    def _import(self) -> None:
        """A file of a few tasks, whose titles come once."""
        now, repository = self._place.clock(), DynamoUploads()
        titles = [f"{self._title()}, imported" for _ in range(self._place.dice.randint(1, 4))]
        upload = Upload.new(
            new_id(),
            {"format": "plain_csv"},
            user_id=self.account.id,
            by=None,
            timezone="UTC",
            now=now,
        )
        commit(
            lambda unit: repository.add(unit, upload),
            lambda unit: repository.take_turn(unit, upload, now=now),
        )
        content = "\n".join(["title", *(f'"{title}"' for title in titles)])
        self._place.s3.upload(f"{self.account.id}/{upload.id}", content.encode())
        self.imported += titles

    def _update(self, **changes: Any) -> None:
        update = TaskUpdate(**changes)
        self._tasks.update(caller=self._caller, task_id=self._one("TASK#"), update=update)

    def _one(self, prefix: str) -> str:
        """The id of any of a kind; empty if there is none."""
        return self._key(prefix).rpartition("#")[2]

    def _key(self, prefix: str) -> str:
        mine = f"USER#{self.account.id}"
        keys = [
            sk
            for pk, sk in self._place.fake.items[TABLES[0]]
            if pk == mine and sk.startswith(prefix)
        ]
        # Of what is new there is most under way.
        some = keys[-3:] if self._place.dice.random() < 0.5 else keys
        return self._place.dice.choice(some) if some else ""
