"""Providers of what several features need.

What authenticates a request is imported with this module, the rest by whoever first needs it.
"""

from functools import partial
from typing import TYPE_CHECKING

from errand.identity.access_tokens import TokenIssuer
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.authentication import Authenticator
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.sessions.repository import DynamoSessions
from errand.pages import Pager
from errand.storage.unit import DynamoStore
from errand_api.services import Services

if TYPE_CHECKING:
    from errand.history.repository import DynamoLog
    from errand.identity.accounts.reauthentication import Reauthentication
    from errand.identity.audit.service import AuditTrail
    from errand.identity.throttling.repository import DynamoCounters
    from errand.identity.throttling.service import Throttle
    from errand.identity.throttling.writes import WriteLimit
    from errand.labels.repository import DynamoLabels
    from errand.saved_filters.repository import DynamoSavedFilters
    from errand.sections.repository import DynamoSections
    from errand.tasks.room import Room


def store(services: Services) -> DynamoStore:
    return DynamoStore(changed=lambda user_id: services.of(authenticator).forget(user_id))


def writes(services: Services) -> "WriteLimit":
    from errand.identity.throttling.writes import WriteLimit  # noqa: PLC0415

    return WriteLimit(store=services.of(store), clock=services.clock)


def tokens(services: Services) -> TokenIssuer:
    return TokenIssuer(ring=services.ring, clock=services.clock)


def authenticator(services: Services) -> Authenticator:
    return Authenticator(
        sessions=DynamoSessions(),
        personal_tokens=DynamoTokens(),
        store=services.of(store),
        tokens=services.of(tokens),
        clock=services.clock,
    )


def accounts(services: Services) -> DynamoAccounts:
    del services
    return DynamoAccounts()


def pager(services: Services) -> Pager:
    return Pager(services.ring)


def labels(services: Services) -> "DynamoLabels":
    from errand.labels.repository import DynamoLabels  # noqa: PLC0415

    del services
    return DynamoLabels()


def sections(services: Services) -> "DynamoSections":
    from errand.sections.repository import DynamoSections  # noqa: PLC0415

    del services
    return DynamoSections()


def saved_filters(services: Services) -> "DynamoSavedFilters":
    from errand.saved_filters.repository import DynamoSavedFilters  # noqa: PLC0415

    del services
    return DynamoSavedFilters()


def log(services: Services) -> "DynamoLog":
    from errand.history.repository import DynamoLog  # noqa: PLC0415

    del services
    return DynamoLog()


def room(services: Services) -> "Room":
    from errand.tasks.room import Room  # noqa: PLC0415

    return Room(
        counts=partial(services.of, log), clock=services.clock, most=services.open_tasks_max
    )


def trail(services: Services) -> "AuditTrail":
    from errand.identity.audit.repository import DynamoAuditLog  # noqa: PLC0415
    from errand.identity.audit.service import AuditTrail  # noqa: PLC0415

    return AuditTrail(audit=DynamoAuditLog(), store=services.of(store), clock=services.clock)


def counters(services: Services) -> "DynamoCounters":
    from errand.identity.throttling.repository import DynamoCounters  # noqa: PLC0415

    del services
    return DynamoCounters()


def throttle(services: Services) -> "Throttle":
    from errand.identity.throttling.service import Throttle  # noqa: PLC0415

    return Throttle(counters=services.of(counters), store=services.of(store), clock=services.clock)


def reauthentication(services: Services) -> "Reauthentication":
    from errand.identity.accounts.reauthentication import Reauthentication  # noqa: PLC0415

    return Reauthentication(throttle=services.of(throttle), trail=services.of(trail))
