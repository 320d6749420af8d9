"""Letting somebody wait for changes."""

from errand import opaque
from errand.clock import Clock
from errand.errors import RealtimeNotConfigured
from errand.identity.caller import Caller
from errand.identity.throttling.service import Throttle
from errand.realtime.model import TICKET_SECONDS, TICKETS, Ticket
from errand.realtime.repository import DynamoTickets
from errand.storage.unit import Store, Unit


class TicketService:
    """`url`: of the gateway's sockets; None where there is no such gateway."""

    def __init__(
        self,
        *,
        tickets: DynamoTickets,
        throttle: Throttle,
        store: Store,
        clock: Clock,
        url: str | None,
    ) -> None:
        self._tickets = tickets
        self._throttle = throttle
        self._store = store
        self._clock = clock
        self._url = url

    def make(self, *, caller: Caller) -> tuple[str, str, Ticket]:
        """The address of sockets, and a ticket's text.

        Raises RealtimeNotConfigured, TooManyAttempts.
        """
        if self._url is None:
            raise RealtimeNotConfigured
        self._throttle.count(TICKETS.by(caller.user_id))
        token = opaque.make(caller.user_id)
        ticket = Ticket(
            user_id=caller.user_id,
            digest=token.digest,
            session_id=caller.session_id,
            token_id=caller.token_id,
            expires_at=self._clock() // 1000 + TICKET_SECONDS,
        )
        unit = Unit()
        self._tickets.add(unit, ticket)
        self._store.commit(unit)
        return self._url, token.text, ticket
