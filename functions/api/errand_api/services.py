"""Everything the routes call, put together once for each process."""

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import anyio.to_thread

from errand.accounts.authentication import Authenticator
from errand.accounts.repository import AccountRepository, DynamoAccounts
from errand.accounts.service import AccountService
from errand.accounts.tokens import TokenIssuer
from errand.clock import Clock, system_clock
from errand.config import Settings
from errand.keys import KeyRing, load_ring
from errand.links.schemas import LinkPreview
from errand.storage.tables import connect
from errand.tasks.repository import DynamoTasks, TaskRepository
from errand.tasks.service import TaskService


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


async def preview_on_the_web(urls: Sequence[str]) -> list[LinkPreview]:
    # Loads an HTTP client, which no other route needs.
    from errand.links.preview import preview  # noqa: PLC0415

    return await preview(urls)


@dataclass(frozen=True, kw_only=True, slots=True)
class Services:
    accounts: AccountService
    authenticator: Authenticator
    tasks: TaskService
    preview: Preview
    ring: KeyRing
    run: Run


def assemble(
    *,
    accounts: AccountRepository,
    tasks: TaskRepository,
    ring: KeyRing,
    run: Run,
    clock: Clock = system_clock,
    preview: Preview = preview_on_the_web,
) -> Services:
    tokens = TokenIssuer(ring=ring, clock=clock)
    return Services(
        accounts=AccountService(accounts=accounts, tokens=tokens, clock=clock),
        authenticator=Authenticator(accounts=accounts, tokens=tokens, clock=clock),
        tasks=TaskService(tasks=tasks, ring=ring, clock=clock),
        preview=preview,
        ring=ring,
        run=run,
    )


def deployed(settings: Settings) -> Services:
    """On the tables and the secret that `settings` name."""
    connection = connect(settings)
    if settings.server_timing:
        # Not even imported where it is off.
        from errand.storage.metering import watch  # noqa: PLC0415

        watch(connection.client)
    return assemble(
        accounts=DynamoAccounts(),
        tasks=DynamoTasks(),
        ring=load_ring(settings.signing_secret, session=connection.session),
        run=inline if settings.on_lambda else in_thread,
    )
