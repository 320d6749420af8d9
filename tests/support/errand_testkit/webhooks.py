"""What webhooks are about: receivers on this machine, queues, and the functions between them."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from deliver_webhooks import Delivering
from errand.errors import ErrandError
from errand.identity.accounts.model import Account
from errand.ids import new_id
from errand.links.guard import GuardedTransport
from errand.records import load
from errand.storage.guarded import GuardedTables
from errand.storage.kinds import ACCOUNT, WEBHOOK, Table
from errand.webhooks.book import Book
from errand.webhooks.delivery import Delivery
from errand.webhooks.hints import Hint, encode
from errand.webhooks.ledger import Ledger
from errand.webhooks.mails import WebhookDisabled
from errand.webhooks.model import Webhook
from errand.webhooks.sending import this_machine_too
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA
from fan_out_webhooks import FanOut

NAMES = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable", Table.LOG: "LogTable"}
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
TASK = "06h04oaa3dpa700lnaafu6cr44"

type Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]] | bytes


def status(code: int, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {code} Whatever", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


async def never(writer: asyncio.StreamWriter) -> None:
    """Accepts the request, and says nothing."""
    # What waits for nothing that anybody else knows of is collected as garbage.
    await asyncio.sleep(3600)
    del writer


@dataclass(frozen=True)
class Received:
    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


@dataclass
class Receiver:
    """Answers each request by the next of `behaviours`, the last of them for ever."""

    behaviours: list[Behaviour] = field(default_factory=lambda: [OK])
    received: list[Received] = field(default_factory=list)
    port: int = 0
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?key=x"

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.received]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *lines = head.strip().split("\r\n")
            headers = {
                name.lower(): value for name, _, value in (line.partition(": ") for line in lines)
            }
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            self.received.append(Received(first.split(" ")[1], headers, body))
            self.heard.set()
            behaviour = self.behaviours.pop(0) if len(self.behaviours) > 1 else self.behaviours[0]
            if isinstance(behaviour, bytes):
                writer.write(behaviour)
            else:
                await behaviour(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has had enough
        finally:
            writer.close()


@asynccontextmanager
async def receiving(*behaviours: Behaviour) -> AsyncIterator[Receiver]:
    receiver = Receiver([*behaviours] or [OK])
    server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()
        server.close_clients()
        await server.wait_closed()


class KeptHints:
    """Hints of the API: what it was given is in `hints`."""

    def __init__(self) -> None:
        self.hints: list[Hint] = []

    def send(self, hint: Hint) -> None:
        self.hints.append(hint)


@dataclass
class KeptQueues:
    """Both queues: hints with whether they are for the patient."""

    hints: list[tuple[Hint, bool]] = field(default_factory=list)
    errors: list[Exception] = field(default_factory=list)

    def send(self, hint: Hint, *, patient: bool, now: int) -> None:
        del now
        if self.errors:
            raise self.errors.pop(0)
        self.hints.append((hint, patient))

    def send_all(self, hints: Sequence[tuple[Hint, bool]], *, now: int) -> None:
        for hint, patient in hints:
            self.send(hint, patient=patient, now=now)

    def take(self) -> list[tuple[Hint, bool]]:
        taken, self.hints = self.hints, []
        return taken


async def inline[T](function: Callable[..., T], /, *arguments: Any, **named: Any) -> T:
    return function(*arguments, **named)


class World:
    """Ada's account and her webhooks on FakeDynamo, and whatever works for them."""

    def __init__(self, dynamodb: Any = None) -> None:
        self.dynamodb = dynamodb or FakeDynamo()
        self.tables = GuardedTables(dynamodb=self.dynamodb, names=NAMES)
        self.book, self.ledger = Book(self.tables), Ledger(self.tables)
        self.clock = ManualClock()
        self.queues = KeptQueues()
        self.mails: list[WebhookDisabled] = []
        self.buried: list[tuple[str, str]] = []
        self.transport: Callable[[], GuardedTransport] = this_machine_too
        self.tables.put(ACCOUNT, ACCOUNT.key(ADA.id), ADA)

    def webhook(self, url: str = "https://hooks.example.com/", **fields: Any) -> Webhook:
        new = Webhook.new(new_id(), ADA.id, {"url": url}, now=self.clock())
        webhook = replace(new, **fields)
        self.tables.put(WEBHOOK, WEBHOOK.key(ADA.id, webhook.id), webhook)
        return webhook

    def present(self, webhook: Webhook) -> Webhook:
        found = self.book.read(ADA.id, webhook.id)
        assert found is not None
        return found

    def account(self, account: Account) -> None:
        self.tables.put(ACCOUNT, ACCOUNT.key(account.id), account)

    def deliveries(self) -> list[Delivery]:
        """Of everybody, the oldest first."""
        items = self.dynamodb.all("EphemeralTable")
        found = [load(Delivery, item) for item in items if item["sk"]["S"].startswith("DELIVERY")]
        return sorted(found, key=lambda delivery: delivery.id)

    def _bury(self, body: str, why: str) -> None:
        self.buried.append((body, why))

    def places(self) -> int:
        items = self.dynamodb.all("EphemeralTable")
        return sum(item["pk"]["S"].startswith("LINE") for item in items)

    def fan_out(self, *bodies: str) -> list[str]:
        fan_out = FanOut(
            book=self.book,
            ledger=self.ledger,
            queues=self.queues,
            bury=self._bury,
            clock=self.clock,
        )
        return fan_out.work(
            [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        )

    async def deliver(
        self,
        *hints: Hint,
        is_patient: bool = False,
        seconds: float = 5,
        slow_after: float = 5,
        raw: Sequence[str] = (),
    ) -> list[str]:
        """`raw`: bodies of further messages."""
        bodies = [*raw, *map(encode, hints)]
        messages = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        delivering = Delivering(
            book=self.book,
            ledger=self.ledger,
            queues=self.queues,
            transport=self.transport,
            mail=self.mails.append,
            bury=self._bury,
            run=inline,
            clock=self.clock,
            chance=lambda: 0.5,
            seconds=seconds,
            slow_after=slow_after,
        )
        return await delivering.work(messages, is_patient=is_patient)

    async def go_on(self, *, until: int | None = None, **options: Any) -> None:
        """All hints when it is their time, as the queues would bring them; at most until then."""
        while self.queues.hints:
            self.queues.hints.sort(key=lambda one: one[0].not_before)
            hint, is_patient = self.queues.hints[0]
            if until is not None and hint.not_before > until:
                return
            del self.queues.hints[0]
            self.clock.now = max(self.clock.now, hint.not_before)
            await self.deliver(hint, is_patient=is_patient, **options)


class Killed(ErrandError):
    """A worker that ended there and then, as far as a test can tell."""

    def __init__(self) -> None:
        super().__init__("killed")


def event(
    kind: str = "task.created",
    *,
    event_id: str = "9e58d01912745ce7965960e1114ff7b6",
    user_id: str = ADA.id,
    sequence: Any = 1,
    project_id: str = "inbox",
    time: str = "2026-11-22T08:30:00.000Z",
    **detail: Any,
) -> str:
    """As the bus puts it into a queue."""
    task = {"id": TASK, "title": "Buy milk", "project_id": project_id}
    told: dict[str, Any] = {
        "specversion": "1.0",
        "version": "2",
        "id": event_id,
        "source": "errand",
        "type": kind,
        "time": time,
        "subject": f"users/{user_id}/tasks/{TASK}",
        "sequence": sequence,
        "datacontenttype": "application/json",
        "data": {"old": None, "new": task, "by": None},
        **detail,
    }
    if sequence is None:
        del told["sequence"]
    return json.dumps({"source": "errand", "detail-type": kind, "detail": told})
