"""From the queue of mail requests through the function to what Amazon SES is given."""

import hashlib
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tools.local.embedded import Embedded

from errand.identity.recovery.model import Purpose
from errand.identity.recovery.requests import EmailVerification, PasswordRecovery
from errand.ids import new_id
from errand.mails.outbox import MailRequest, encode

pytestmark = pytest.mark.deep

PATIENCE = 20.0  # seconds; it takes about two


class Post:
    """The queue at one end, what SES was given at the other."""

    def __init__(self, aws: Embedded, client: Callable[[str], Any]) -> None:
        self._aws = aws
        self._sqs = client("sqs")
        self._queue = aws.outputs["MailQueueUrl"]
        self.dynamodb = client("dynamodb")

    def account(self, email: str) -> str:
        user_id = new_id()
        owner, at = {"S": f"USER#{user_id}"}, {"N": "1795336200000"}
        account = {"pk": owner, "sk": {"S": "ACCOUNT"}, "ak": {"S": "ACCOUNT"}}
        account |= {"un": {"S": "ada"}, "ph": {"S": "-"}, "em": {"S": email}, "ca": at, "ua": at}
        claim = {"pk": {"S": f"IDENTITY#email#{email}"}, "sk": {"S": "IDENTITY"}}
        for item in (account | {"v": {"N": "1"}}, claim | {"uid": {"S": user_id}}):
            self.dynamodb.put_item(TableName="DataTable", Item=item)
        return user_id

    def ask(self, request: MailRequest) -> None:
        self._sqs.send_message(QueueUrl=self._queue, MessageBody=encode(request))

    def wait_until_all_is_handled(self) -> None:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        eventually(
            lambda: (
                {
                    *self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=names)[
                        "Attributes"
                    ].values()
                }
                == {"0"}
            )
        )

    def mails(self, email: str) -> list[dict[str, Any]]:
        found = httpx.get(self._aws.mails, trust_env=False).json()["messages"]
        return [mail for mails in found.values() for mail in mails if mail["To"] == [email]]

    def mail(self, email: str) -> dict[str, Any]:
        eventually(lambda: self.mails(email) != [])
        [mail] = self.mails(email)
        return mail


def eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "not within the time that it may take"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def post(embedded_aws: Embedded, aws_client: Callable[[str], Any]) -> Post:
    return Post(embedded_aws, aws_client)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_mail_holds_a_token_that_is_kept(post: Post, purpose: Purpose) -> None:
    email = f"{purpose}@example.com"
    user_id = post.account(email)
    post.ask(
        PasswordRecovery(email=email, request_id="1")
        if purpose is Purpose.PASSWORD_RECOVERY
        else EmailVerification(user_id=user_id, request_id="1")
    )
    mail = post.mail(email)
    assert mail["Source"] == "Errand <errand@example.com>"
    [token] = [line for line in mail["BodyText"].splitlines() if len(line) == 64]
    assert f">{token}</pre>" in mail["BodyHtml"]
    digest = hashlib.sha256(urlsafe_b64decode(token)[16:]).hexdigest()
    key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": f"MAILED#{purpose}#{digest}"}}
    assert "Item" in post.dynamodb.get_item(TableName="EphemeralTable", Key=key)


def test_an_address_that_nobody_has_gets_no_mail(post: Post) -> None:
    post.ask(PasswordRecovery(email="stranger@example.com", request_id="1"))
    post.wait_until_all_is_handled()
    assert post.mails("stranger@example.com") == []
