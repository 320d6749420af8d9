"""Everything the routes call, put together once for each process."""

from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

import anyio.to_thread

from errand.accounts.authentication import Authenticator
from errand.accounts.repository import AccountRepository, DynamoAccounts
from errand.accounts.tokens import TokenIssuer
from errand.clock import Clock, system_clock
from errand.config import Settings
from errand.keys import KeyRing, load_ring
from errand.storage.tables import connect
from errand.tasks.repository import DynamoTasks, TaskRepository
from errand.tasks.service import TaskService

if TYPE_CHECKING:
    from errand.accounts.service import AccountService
    from errand.links.schemas import LinkPreview


class Run(Protocol):
    """How a route calls a service, which blocks while DynamoDB answers or argon2 computes."""

    def __call__[T](
        self, function: Callable[..., T], /, **arguments: Any
    ) -> Coroutine[Any, Any, T]: ...


async def inline[T](function: Callable[..., T], /, **arguments: Any) -> T:
    """For Lambda: one request at a time, nobody waits, and the hop to a thread costs."""
    return function(**arguments)


async def in_thread[T](function: Callable[..., T], /, **arguments: Any) -> T:
    """For a server with many requests at once: a slow one must not hold up the others."""
    return await anyio.to_thread.run_sync(partial(function, **arguments))


type Preview = Callable[[Sequence[str]], Coroutine[Any, Any, list[LinkPreview]]]


async def preview_on_the_web(urls: Sequence[str]) -> "list[LinkPreview]":
    # Loads an HTTP client, which no other route needs.
    from errand.links.preview import preview  # noqa: PLC0415

    return await preview(urls)


class Services:
    """A service is imported and made when a route first asks for it."""

    def __init__(
        self,
        *,
        accounts: AccountRepository,
        tasks: TaskRepository,
        ring: KeyRing,
        run: Run,
        clock: Clock = system_clock,
        preview: Preview = preview_on_the_web,
    ) -> None:
        self.ring = ring
        self.run = run
        self.preview = preview
        self._tokens = TokenIssuer(ring=ring, clock=clock)
        self._accounts = accounts
        self._tasks = tasks
        self._clock = clock
        self.authenticator = Authenticator(accounts=accounts, tokens=self._tokens, clock=clock)

    @cached_property
    def accounts(self) -> "AccountService":
        from errand.accounts.service import AccountService  # noqa: PLC0415

        return AccountService(accounts=self._accounts, tokens=self._tokens, clock=self._clock)

    @cached_property
    def tasks(self) -> TaskService:
        return TaskService(tasks=self._tasks, ring=self.ring, clock=self._clock)


def deployed(settings: Settings) -> Services:
    """On the tables and the secret that `settings` name."""
    connection = connect(settings)
    if settings.server_timing:
        # Not even imported where it is off.
        from errand.storage.metering import watch  # noqa: PLC0415

        watch(connection.client)
    return Services(
        accounts=DynamoAccounts(),
        tasks=DynamoTasks(),
        ring=load_ring(settings.signing_secret, session=connection.session),
        run=inline if settings.on_lambda else in_thread,
    )
