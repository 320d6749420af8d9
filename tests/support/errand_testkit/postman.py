"""Mails of the API's tests: what its outbox was given, through the function that sends mails."""

from errand.clock import Clock
from errand.storage.plain import DynamoClient
from errand_testkit.mails import FakeSes, KeptOutbox, message, sender_on


class Postman:
    """`dynamodb`: has the tables of the API."""

    def __init__(self, outbox: KeptOutbox, *, dynamodb: DynamoClient, clock: Clock) -> None:
        self._outbox = outbox
        self._ses = FakeSes()
        self._delivered = 0
        self._sender = sender_on(dynamodb, self._ses, clock=clock)

    def deliver(self) -> list[tuple[str, str]]:
        """Everything that was not delivered yet: addresses and tokens."""
        before = len(self._ses.sent)
        for request in self._outbox.requests[self._delivered :]:
            self._delivered += 1
            assert self._sender.work([message(request, f"message-{self._delivered}")]) == []
        return [*zip(self._ses.recipients, self._ses.tokens, strict=True)][before:]

    def token(self) -> str:
        """Of the only mail there is to deliver."""
        ((_, token),) = self.deliver()
        return token
