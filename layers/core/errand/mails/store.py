"""Who gets a mail, the token in it, and which mails have been sent: the tables without PynamoDB.

Keys and attributes are those of errand.accounts.repository and errand.recovery.repository.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from errand.accounts.identities import key_of
from errand.mails.requests import MailRequest, PasswordRecovery
from errand.recovery.model import MailedToken, Purpose

# A message can come again for as long as its queue tries; in a day that is long over.
REMEMBERED_SECONDS = 24 * 60 * 60

type Item = Mapping[str, Mapping[str, Any]]


class DynamoClient(Protocol):
    def get_item(self, **request: Any) -> dict[str, Any]: ...
    def put_item(self, **request: Any) -> dict[str, Any]: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    user_id: str
    username: str
    email: str


class MailStore:
    def __init__(self, *, dynamodb: DynamoClient, data_table: str, ephemeral_table: str) -> None:
        self._dynamodb = dynamodb
        self._data_table = data_table
        self._ephemeral_table = ephemeral_table

    def recipient(self, request: MailRequest) -> Recipient | None:
        """None if nobody is to get a mail."""
        if isinstance(request, PasswordRecovery):
            user_id = self._owner(request.email)
        else:
            user_id = request.user_id
        account = self._get(self._data_table, f"USER#{user_id}", "ACCOUNT") if user_id else None
        if account is None or "ds" in account or "em" not in account:
            return None
        if request.purpose is Purpose.EMAIL_VERIFICATION and "ev" in account:
            return None
        return Recipient(
            user_id=account["pk"]["S"].removeprefix("USER#"),
            username=account["un"]["S"],
            email=account["em"]["S"],
        )

    def keep(self, token: MailedToken) -> None:
        self._put(
            {
                "pk": {"S": f"USER#{token.user_id}"},
                "sk": {"S": token.sort_key},
                "em": {"S": token.email},
                "ca": {"N": str(token.created_at)},
                "expires_at": {"N": str(token.expires_at)},
            }
        )

    def is_done(self, message_id: str) -> bool:
        return self._get(self._ephemeral_table, *_marker(message_id)) is not None

    def note_done(self, message_id: str, *, now: int) -> None:
        """`now`: epoch milliseconds."""
        pk, sk = _marker(message_id)
        expires_at = str(now // 1000 + REMEMBERED_SECONDS)
        self._put({"pk": {"S": pk}, "sk": {"S": sk}, "expires_at": {"N": expires_at}})

    def _owner(self, email: str) -> str | None:
        claim = self._get(self._data_table, key_of("email", email), "IDENTITY")
        return claim["uid"]["S"] if claim else None

    def _get(self, table: str, pk: str, sk: str) -> Item | None:
        answer = self._dynamodb.get_item(
            TableName=table, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
        item: Item | None = answer.get("Item")
        return item

    def _put(self, item: Item) -> None:
        self._dynamodb.put_item(TableName=self._ephemeral_table, Item=item)


def _marker(message_id: str) -> tuple[str, str]:
    return f"MAIL#{message_id}", "MAIL"
