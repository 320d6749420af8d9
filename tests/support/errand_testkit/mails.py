"""What the sender of mails is about: the tables, SES, and what the queue delivers."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from errand.clock import Clock
from errand.identity.accounts.model import Account
from errand.identity.recovery.requests import EmailVerification, PasswordRecovery
from errand.mails.kinds import MailKind
from errand.mails.outbox import MailRequest, encode
from errand.mails.rendering import PACKAGE
from errand.storage.kinds import Table
from errand.storage.plain import DynamoClient, PlainTables
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from send_mails import KINDS, MailSender

EVENTS = Path(__file__).parents[3] / "events"
ADA = "06h04o2vndpa700bqsem70d6f8"
EMAIL = "ada@example.com"
FORGOTTEN = PasswordRecovery(email=EMAIL, request_id="1")
UNPROVEN = EmailVerification(user_id=ADA, request_id="2")


def account(**more: Any) -> Account:
    """`more`: what is not as usual."""
    usual = {"id": ADA, "username": "ada", "email": EMAIL, "password_hash": "-"}
    return Account(**(usual | {"created_at": 1, "updated_at": 1, "version": 1} | more))


def sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def message(request: MailRequest, message_id: str = "message-1") -> dict[str, Any]:
    return {"messageId": message_id, "body": encode(request)}


class FakeSes:
    def __init__(self, *errors: Exception) -> None:
        """`errors`: of the first calls, one after the other."""
        self._errors = [*errors]
        self.sent: list[dict[str, Any]] = []

    def send_email(self, **request: Any) -> dict[str, Any]:
        if self._errors:
            raise self._errors.pop(0)
        self.sent.append(request)
        return {"MessageId": "1"}

    @property
    def recipients(self) -> list[str]:
        return [address for mail in self.sent for address in mail["Destination"]["ToAddresses"]]

    @property
    def tokens(self) -> list[str]:
        texts = [mail["Content"]["Simple"]["Body"]["Text"]["Data"] for mail in self.sent]
        return [token for text in texts for token in re.findall(r"^[\w-]{64}$", text, re.MULTILINE)]


def _attribute(value: bool | str | int) -> dict[str, Any]:  # noqa: FBT001 - that is its value
    if isinstance(value, bool):
        return {"BOOL": value}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


class Tables:
    def __init__(self, client: Any = None) -> None:
        """`client`: of tables that are there; in memory, if there is none."""
        self.client = client or FakeDynamo()

    def account(
        self, user_id: str = ADA, *, email: str | None = EMAIL, **more: bool | str | int
    ) -> None:
        """`more`: attributes by their names in the table."""
        item: dict[str, Any] = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "ACCOUNT"}}
        item |= {"un": {"S": "ada"}, "ph": {"S": "-"}}
        item |= {name: {"N": "1"} for name in ("ca", "ua", "v")}
        for name, value in more.items():
            item[name] = _attribute(value)
        if email:
            item["em"] = {"S": email}
            claim = {"pk": {"S": f"IDENTITY#email#{email}"}, "sk": {"S": "IDENTITY"}}
            self._put(claim | {"uid": {"S": user_id}})
        self._put(item)

    def kept(self) -> list[dict[str, Any]]:
        """What there is of mailed tokens."""
        items: list[dict[str, Any]] = self.client.scan(TableName="EphemeralTable")["Items"]
        return [item for item in items if item["sk"]["S"].startswith("MAILED#")]

    def _put(self, item: dict[str, Any]) -> None:
        self.client.put_item(TableName="DataTable", Item=item)


def sender(
    tables: Tables,
    ses: FakeSes,
    *,
    app_url: str = "",
    public_url: str = "",
    clock: ManualClock | None = None,
) -> MailSender:
    clock = clock or ManualClock()
    return sender_on(tables.client, ses, app_url=app_url, public_url=public_url, clock=clock)


def sender_on(
    dynamodb: DynamoClient,
    ses: FakeSes,
    *,
    app_url: str = "",
    public_url: str = "",
    clock: Clock,
    kinds: Sequence[MailKind[Any]] = KINDS,
    roots: Sequence[Path] = (PACKAGE,),
) -> MailSender:
    names = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable"}
    tables = PlainTables(dynamodb=dynamodb, names=names)
    return MailSender(
        tables=tables,
        ses=ses,
        sender="errand@example.com",
        configuration_set="MailConfigurationSet",
        app_url=app_url,
        public_url=public_url,
        clock=clock,
        kinds=kinds,
        roots=roots,
    )


class KeptOutbox:
    """Outbox of a deployment that sends mails: what it was given is in `requests`."""

    def __init__(self) -> None:
        self.requests: list[Any] = []

    def send(self, request: MailRequest) -> None:
        self.requests.append(request)
