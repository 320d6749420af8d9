"""Mails of the API's tests: what its outbox was given, through the function that sends mails."""

from typing import Any

import boto3

from errand.clock import Clock
from errand.mails.store import MailStore
from errand_testkit.mails import FakeSes, KeptOutbox, message
from send_mails import MailSender


class Postman:
    """`data_table` and `ephemeral_table` are those of the API."""

    def __init__(
        self, outbox: KeptOutbox, *, data_table: str, ephemeral_table: str, clock: Clock
    ) -> None:
        self._outbox = outbox
        self._ses = FakeSes()
        self._delivered = 0
        dynamodb: Any = boto3.client("dynamodb")
        self._sender = MailSender(
            store=MailStore(
                dynamodb=dynamodb, data_table=data_table, ephemeral_table=ephemeral_table
            ),
            ses=self._ses,
            sender="errand@example.com",
            app_url="",
            clock=clock,
        )

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
