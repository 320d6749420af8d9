"""Tickets in EphemeralTable, in the collection of their account. realtime.sockets takes them."""

from errand.realtime.model import Ticket
from errand.storage.kinds import TICKET
from errand.storage.mapper import mapper
from errand.storage.operations import Put
from errand.storage.unit import Unit, made_before

_TICKETS = mapper(TICKET, Ticket)


class DynamoTickets:
    def add(self, unit: Unit, ticket: Ticket) -> None:
        item = _TICKETS.item(TICKET.key(ticket.user_id, ticket.digest), ticket)
        unit.add(Put(item, _TICKETS.is_free), made_before)
