"""What routes call: services, each made when it is first asked for, once for each process.

A feature says how its service is made by a function of `Services`, its provider; what several
features need is in errand_api.providers. `services.of(provider)` is the one way to either.
"""

from collections.abc import Callable, Coroutine, Sequence
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import anyio.to_thread

from errand.clock import Clock, system_clock
from errand.config import Settings
from errand.errors import ConfigurationError, Overloaded
from errand.keys import Keys, load_ring
from errand.storage.tables import connect

if TYPE_CHECKING:
    from errand.links.schemas import LinkPreview
    from errand.mails.outbox import Outbox
    from errand.push.service import Asking
    from errand.webhooks.resending import Hints

_PATIENCE = 1.0
# No longer than a socket of the gateway's.
STREAM_SECONDS = 2 * 60 * 60


class Run(Protocol):
    """How a route calls a service, which blocks while DynamoDB answers or argon2 computes."""

    def __call__[T](
        self, function: Callable[..., T], /, **arguments: Any
    ) -> Coroutine[Any, Any, T]: ...


async def inline[T](function: Callable[..., T], /, **arguments: Any) -> T:
    """For Lambda: one request at a time, nobody waits, and the hop to a thread costs."""
    return function(**arguments)


async def in_thread[T](function: Callable[..., T], /, **arguments: Any) -> T:
    """For a server with many requests at once: a slow one must not hold up the others.

    Raises Overloaded if no thread was free for a second: whoever waits longer has given up, and
    what nobody waits for must not hold up the rest.
    """
    asked = monotonic()

    def begin() -> T:
        if monotonic() - asked > _PATIENCE:
            raise Overloaded
        return function(**arguments)

    return await anyio.to_thread.run_sync(begin)


type Preview = Callable[[Sequence[str]], Coroutine[Any, Any, list[LinkPreview]]]


async def preview_on_the_web(urls: Sequence[str]) -> "list[LinkPreview]":
    # Loads an HTTP client, which no other route needs.
    from errand.links.preview import preview  # noqa: PLC0415

    return await preview(urls)


def outbox_at(queue_url: str | None) -> "Outbox":
    from errand.mails.outbox import NoOutbox, QueueOutbox  # noqa: PLC0415 - when mail is first sent

    return QueueOutbox(queue_url) if queue_url else NoOutbox()


class Bucket(NamedTuple):
    """`url`: where forms for it are sent."""

    name: str
    url: str


_NO_BUCKET = Bucket("", "")


def hints_at(queue_url: str) -> "Hints":
    """Raises ConfigurationError if it is nowhere."""
    from errand.webhooks.queues import QueueHints  # noqa: PLC0415 - as above

    if not queue_url:
        raise ConfigurationError("The environment variable ERRAND_WEBHOOK_QUEUE_URL is not set")
    return QueueHints(queue_url)


def asking_at(queue_url: str) -> "Asking":
    from errand.push.queue import KeyQueue  # noqa: PLC0415 - as above

    return KeyQueue(queue_url)


class Services:
    """What a process has, and all that is made of it."""

    def __init__(
        self,
        *,
        ring: Keys,
        run: Run,
        outbox: "Callable[[], Outbox]",
        clock: Clock = system_clock,
        preview: Preview = preview_on_the_web,
        import_bucket: Bucket = _NO_BUCKET,
        epoch: str = "",
        refuse_common_passwords: bool = True,
        open_tasks_max: int | None = None,
        realtime_url: str | None = None,
        stream_seconds: int | None = None,
        hints: "Callable[[], Hints] | None" = None,
        loopback_webhooks: bool = False,
        asking: "Callable[[], Asking] | None" = None,
    ) -> None:
        """`stream_seconds`: for which an answer can go on; None: no answer can.

        `asking`: None where nothing is sent to browsers.
        """
        self.ring = ring
        self.run = run
        self.outbox = outbox
        self.clock = clock
        self.preview = preview
        self.import_bucket = import_bucket
        self.epoch = epoch
        self.refuse_common_passwords = refuse_common_passwords
        # As many as the rules say if None.
        self.open_tasks_max = open_tasks_max
        self.realtime_url = realtime_url
        self.stream_seconds = stream_seconds
        # What ends answers that go on, for a server that is to stop.
        self.endless: list[Callable[[], None]] = []
        self.hints = hints or partial(hints_at, "")
        self.loopback_webhooks = loopback_webhooks
        self.asking = asking
        self._made: dict[object, object] = {}

    def of[T](self, provider: "Callable[[Services], T]") -> T:
        """What `provider` makes; two threads may both make the first, and one of them is kept."""
        made = self._made.get(provider)
        if made is None:
            made = self._made.setdefault(provider, provider(self))
        return cast("T", made)

    def stop(self) -> None:
        """On the server's loop, before it waits for its answers to end."""
        for end in self.endless:
            end()


def deployed(settings: Settings) -> Services:
    """On the tables and the secret that `settings` name."""
    connection = connect(settings)
    if settings.server_timing:
        # Not even imported where it is off.
        from errand.storage.metering import watch  # noqa: PLC0415

        watch(connection.client)
    return Services(
        ring=load_ring(settings.signing_secret, session=connection.session),
        run=inline if settings.on_lambda else in_thread,
        outbox=partial(outbox_at, settings.mail_queue_url),
        import_bucket=Bucket(settings.import_bucket, settings.import_url),
        epoch=settings.epoch,
        refuse_common_passwords=settings.refuse_common_passwords,
        realtime_url=settings.realtime_url,
        stream_seconds=None if settings.on_lambda else STREAM_SECONDS,
        hints=partial(hints_at, settings.webhook_queue_url),
        loopback_webhooks=settings.loopback_webhooks,
        asking=partial(asking_at, settings.push_queue_url) if settings.push_queue_url else None,
    )
