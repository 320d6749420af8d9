"""Everything the routes call, put together once for each process."""

from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

import anyio.to_thread

from errand.accounts.authentication import Authenticator
from errand.accounts.repository import DynamoAccounts
from errand.accounts.tokens import TokenIssuer
from errand.clock import Clock, system_clock
from errand.config import Settings
from errand.keys import Keys, load_ring
from errand.personal_tokens.repository import DynamoTokens
from errand.sessions.repository import DynamoSessions
from errand.storage.tables import connect
from errand.tasks.repository import DynamoTasks
from errand.tasks.service import TaskService

if TYPE_CHECKING:
    from errand.accounts.reauthentication import Reauthentication
    from errand.accounts.service import AccountService
    from errand.administration.service import AdministrationService
    from errand.audit.service import AuditService
    from errand.export.service import ExportService
    from errand.links.schemas import LinkPreview
    from errand.mails.outbox import Outbox
    from errand.mfa.service import MfaService
    from errand.personal_tokens.service import PersonalTokenService
    from errand.recovery.service import RecoveryService
    from errand.sessions.log_in import LogInService
    from errand.sessions.service import SessionService
    from errand.throttling.service import Throttle


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


def outbox_at(queue_url: str | None) -> "Outbox":
    from errand.mails.outbox import NoOutbox, QueueOutbox  # noqa: PLC0415 - as the services below

    return QueueOutbox(queue_url) if queue_url else NoOutbox()


class Services:
    """A service is imported and made when a route first asks for it."""

    def __init__(
        self,
        *,
        ring: Keys,
        run: Run,
        outbox: "Callable[[], Outbox]",
        clock: Clock = system_clock,
        preview: Preview = preview_on_the_web,
        refuse_common_passwords: bool = True,
    ) -> None:
        self.ring = ring
        self.run = run
        self.preview = preview
        self._outbox = outbox
        self._refuse_common_passwords = refuse_common_passwords
        self._clock = clock
        self._tokens = TokenIssuer(ring=ring, clock=clock)
        self._accounts = DynamoAccounts()
        self._sessions = DynamoSessions()
        self._scripts = DynamoTokens()
        self.authenticator = Authenticator(
            sessions=self._sessions,
            personal_tokens=self._scripts,
            tokens=self._tokens,
            clock=clock,
        )

    @cached_property
    def tasks(self) -> TaskService:
        return TaskService(tasks=DynamoTasks(), ring=self.ring, clock=self._clock)

    @cached_property
    def accounts(self) -> "AccountService":
        from errand.accounts.service import AccountService  # noqa: PLC0415

        return AccountService(
            accounts=self._accounts,
            throttle=self._throttle,
            reauthentication=self._reauthentication,
            refuse_common_passwords=self._refuse_common_passwords,
            clock=self._clock,
        )

    @cached_property
    def log_in(self) -> "LogInService":
        from errand.audit.repository import DynamoAuditLog  # noqa: PLC0415
        from errand.sessions.log_in import LogInService  # noqa: PLC0415
        from errand.throttling.repository import DynamoCounters  # noqa: PLC0415
        from errand.throttling.service import LogInGuard  # noqa: PLC0415

        return LogInService(
            accounts=self._accounts,
            sessions=self._sessions,
            audit=DynamoAuditLog(),
            guard=LogInGuard(counters=DynamoCounters(), clock=self._clock),
            mfa=lambda: self.mfa,
            tokens=self._tokens,
            clock=self._clock,
        )

    @cached_property
    def sessions(self) -> "SessionService":
        from errand.sessions.service import SessionService  # noqa: PLC0415

        return SessionService(
            accounts=self._accounts,
            sessions=self._sessions,
            tokens=self._tokens,
            clock=self._clock,
        )

    @cached_property
    def personal_tokens(self) -> "PersonalTokenService":
        from errand.personal_tokens.service import PersonalTokenService  # noqa: PLC0415

        return PersonalTokenService(personal_tokens=self._scripts, clock=self._clock)

    @cached_property
    def mfa(self) -> "MfaService":
        from errand.mfa.repository import DynamoFactors  # noqa: PLC0415
        from errand.mfa.service import MfaService  # noqa: PLC0415

        return MfaService(
            factors=DynamoFactors(),
            reauthentication=self._reauthentication,
            throttle=self._throttle,
            clock=self._clock,
        )

    @cached_property
    def recovery(self) -> "RecoveryService":
        from errand.recovery.repository import DynamoMailedTokens  # noqa: PLC0415
        from errand.recovery.service import RecoveryService  # noqa: PLC0415

        return RecoveryService(
            accounts=self._accounts,
            mailed=DynamoMailedTokens(),
            outbox=self._outbox(),
            throttle=self._throttle,
            refuse_common_passwords=self._refuse_common_passwords,
            clock=self._clock,
        )

    @cached_property
    def administration(self) -> "AdministrationService":
        from errand.administration.service import AdministrationService  # noqa: PLC0415

        return AdministrationService(accounts=self._accounts, ring=self.ring, clock=self._clock)

    @cached_property
    def audit(self) -> "AuditService":
        from errand.audit.repository import DynamoAuditLog  # noqa: PLC0415
        from errand.audit.service import AuditService  # noqa: PLC0415

        return AuditService(audit=DynamoAuditLog(), ring=self.ring)

    @cached_property
    def export(self) -> "ExportService":
        from errand.export.repository import DynamoCollection  # noqa: PLC0415
        from errand.export.service import ExportService  # noqa: PLC0415

        return ExportService(collection=DynamoCollection(), ring=self.ring, clock=self._clock)

    @cached_property
    def _throttle(self) -> "Throttle":
        from errand.throttling.repository import DynamoCounters  # noqa: PLC0415
        from errand.throttling.service import Throttle  # noqa: PLC0415

        return Throttle(counters=DynamoCounters(), clock=self._clock)

    @cached_property
    def _reauthentication(self) -> "Reauthentication":
        from errand.accounts.reauthentication import Reauthentication  # noqa: PLC0415
        from errand.audit.repository import DynamoAuditLog  # noqa: PLC0415

        return Reauthentication(throttle=self._throttle, audit=DynamoAuditLog(), clock=self._clock)


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
        refuse_common_passwords=settings.refuse_common_passwords,
    )
