"""What docs/architecture.md says that logging in, and all that keeps accounts safe, costs.

As in test_capacity, nothing is told of a BatchGetItem: "read together" is a unit for each item.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import httpx
import pyotp
import pytest
from tools.local.embedded import Embedded

from errand import opaque
from errand.clock import system_clock
from errand.codecs import instant
from errand.identity.accounts.model import MailTopic
from errand.identity.throttling.model import Known, Place
from errand.mails.model import UnsubscribeToken
from errand.records import kept
from errand.reminding.model import SnoozeToken
from errand.storage.kinds import SNOOZE_TOKEN, UNSUBSCRIBE_TOKEN, attributes
from errand_testkit.push import Browser

from .metered import PASSWORD, Account, cost

pytestmark = pytest.mark.deep

ADDRESS = "198.51.100.7"
HOUR = 3600
PATIENCE = 20.0  # seconds until a mail has been sent


@pytest.fixture
def ada(api_url: str) -> Iterator[Account]:
    account = Account(api_url, email=True)
    with closing(account.client):
        yield account


@pytest.fixture
def admin(ada: Account, aws_client: Callable[[str], Any]) -> Account:
    aws_client("dynamodb").update_item(
        TableName="DataTable",
        Key={"pk": {"S": f"USER#{ada.id}"}, "sk": {"S": "ACCOUNT"}},
        UpdateExpression="SET ad = :true",
        ExpressionAttributeValues={":true": {"BOOL": True}},
    )
    ada.log_in()
    ada.is_seen()
    return ada


@pytest.fixture
def grace(api_url: str) -> Iterator[Account]:
    """From somewhere else than this machine."""
    account = Account(api_url, address=ADDRESS)
    with closing(account.client):
        yield account


def form(account: Account, password: str = PASSWORD) -> dict[str, str]:
    return {"username": account.name, "password": password}


def test_registration_from_an_address_is_counted(grace: Account) -> None:
    assert grace.registered == (2, 1 + 5)


def test_log_in_counts_reads_two_opens_a_session_and_forgives(ada: Account) -> None:
    assert ada.logged_in == (4, 1 + 2 + 6)


@pytest.fixture
def shift(aws_client: Callable[[str], Any]) -> Callable[[Account, int], None]:
    """Makes the one address known for an account known so many seconds later than it was."""

    def shift(account: Account, seconds: int) -> None:
        known = Known(account.id, 0)
        place = Place.of(known, ADDRESS)
        aws_client("dynamodb").update_item(
            TableName="EphemeralTable",
            Key={
                "pk": {"S": f"USER#{known.user_id}"},
                "sk": {"S": f"ADDRESS#0#{place.address}"},
            },
            UpdateExpression="SET expires_at = expires_at + :seconds",
            ExpressionAttributeValues={":seconds": {"N": str(seconds)}},
        )

    return shift


def test_log_in_from_an_address_counts_it_too_and_makes_it_known(
    grace: Account, shift: Callable[[Account, int], None]
) -> None:
    assert grace.logged_in == (4, 4 + 2 + 10)
    shift(grace, -HOUR)
    assert grace.log_in() == (4, 4 + 2 + 10)


def test_log_in_on_a_known_device_counts_on_its_own(
    grace: Account, shift: Callable[[Account, int], None]
) -> None:
    shift(grace, -HOUR)
    known = {"device_token": grace.token["device_token"]}
    assert grace.log_in(**known) == (4, 4 + 2 + 10)


def test_address_that_is_known_for_as_long_is_found_out_by_a_refusal(
    grace: Account, shift: Callable[[Account, int], None]
) -> None:
    # As one of two log-ins within a second does; what is refused is not reported.
    shift(grace, HOUR)
    assert grace.log_in() == (5, 4 + 2 + 8)
    known = {"device_token": grace.token["device_token"]}
    assert grace.log_in(**known) == (5, 4 + 2 + 8)


@pytest.mark.parametrize("name", [None, "nobody"])
def test_failed_log_in_costs_as_much_whoever_it_names(
    ada: Account, grace: Account, name: str | None
) -> None:
    for account, counted in ((ada, 1), (grace, 4)):
        wrong = form(account, "wrong password") | ({"username": name} if name else {})
        assert account.cost("POST", "/token", 401, data=wrong) == (4, counted + 2 + 1)


def test_renewal_is_one_write(ada: Account) -> None:
    renewal = {"grant_type": "refresh_token", "refresh_token": ada.token["refresh_token"]}
    # Account and session are read together before.
    assert ada.cost("POST", "/token", data=renewal) == (2, 1)
    # Once more, and on record; then as often as somebody likes.
    assert ada.cost("POST", "/token", data=renewal) == (2, 4)
    assert ada.cost("POST", "/token", data=renewal) == (1, 0)


def test_session_ends_in_a_transaction_with_its_record(ada: Account) -> None:
    own = ada.token["refresh_token"]
    ada.log_in()
    sessions = ada.ask("GET", "/users/me/sessions").json()
    assert ada.cost("GET", "/users/me/sessions") == (2, 1 + 1)
    [other] = [session["id"] for session in sessions if not session["current"]]
    # Account and session are read together before.
    assert ada.cost("DELETE", f"/users/me/sessions/{other}", 204) == (2, 4)
    ada.is_seen()
    assert ada.cost("DELETE", f"/users/me/sessions/{other}", 404) == (1, 0)
    assert ada.cost("POST", "/token/revoke", data={"token": own}) == (1, 0)
    assert ada.cost("POST", "/token/revoke", data={"token": ada.token["refresh_token"]}) == (2, 4)
    assert ada.cost("POST", "/token/revoke", data={"token": "made up"}) == (0, 0)


def test_all_other_sessions_end_with_one_change_of_the_account(ada: Account) -> None:
    assert ada.cost("DELETE", "/users/me/sessions", 204) == (2, 1 + 5)


def test_personal_token_is_looked_up_like_a_session(ada: Account) -> None:
    script = {"name": "Backup script", "scopes": ["tasks:read"], "current_password": PASSWORD}
    made = ada.ask("POST", "/users/me/tokens", 201, json=script)
    # The password is counted and forgiven; the account has another version then.
    assert cost(made) == (5, 2 + 2 + 7)
    ada.is_seen()
    assert ada.cost("GET", "/users/me/tokens") == (2, 2)
    headers = {"Authorization": f"Bearer {made.json()['token']}"}
    # Account and token are read together, and the day is noted once.
    assert ada.cost("GET", "/tasks", headers=headers) == (3, 1 + 1)
    assert ada.cost("GET", "/tasks", headers=headers) == (1, 1)
    assert ada.cost("DELETE", f"/users/me/tokens/{made.json()['id']}", 204) == (1, 4)
    ada.is_seen()
    presented = {"token": ada.ask("POST", "/users/me/tokens", 201, json=script).json()["token"]}
    assert ada.cost("POST", "/token/revoke", data=presented) == (2, 4)


def test_calendar_feed_is_made_like_a_token_and_read_in_two_calls(ada: Account) -> None:
    feed = {"name": "Mine", "current_password": PASSWORD}
    made = ada.ask("POST", "/calendar/feeds", 201, json=feed)
    assert cost(made) == (5, 2 + 2 + 7)
    ada.is_seen()
    assert ada.cost("GET", "/calendar/feeds") == (2, 2)
    path = urlsplit(made.json()["url"]).path
    # The day is noted once.
    first = ada.ask("GET", path)
    assert cost(first) == (4, 1 + 1 + 1)
    known = {"If-None-Match": first.headers["ETag"]}
    assert ada.cost("GET", path, headers=known | {"Accept-Encoding": "identity"}, status=304) == (
        2,
        1,
    )
    assert ada.cost("DELETE", f"/calendar/feeds/{made.json()['id']}", 204) == (1, 4)


def test_ticket_is_counted_and_put_down(ada: Account) -> None:
    assert ada.cost("POST", "/realtime/ticket") == (2, 1 + 1)


def test_webhook_is_written_with_its_record_and_a_test_with_its_count(ada: Account) -> None:
    new = {"url": "https://hooks.example.invalid/"}
    made = ada.ask("POST", "/webhooks", 201, json=new)
    # Query of those there are; the transaction.
    assert cost(made) == (2, 1 + 4)
    webhook = f"/webhooks/{made.json()['id']}"
    assert ada.cost("GET", webhook) == (1, 1)
    assert ada.cost("PATCH", webhook, json={"events": ["task.created"]}) == (2, 1 + 4)
    assert ada.cost("POST", f"{webhook}/secret", json={}) == (2, 1 + 4)
    test = ada.ask("POST", f"{webhook}/test", 202)
    # The webhook, its count, the delivery.
    assert cost(test) == (3, 1 + 1 + 1)
    delivery = f"{webhook}/deliveries/{test.json()['id']}"
    assert ada.cost("GET", f"{webhook}/deliveries") == (2, 2)
    # It may be under way at the same time.
    assert ada.cost("POST", f"{delivery}/redeliver", 202)[0] == 4
    assert ada.cost("DELETE", webhook, 204) == (2, 1 + 4)


def test_browser_is_written_with_its_owner_and_a_record(ada: Account) -> None:
    browser = Browser(endpoint="https://push.example.invalid/").to_json()
    made = ada.ask("POST", "/push/subscriptions", 201, json=browser)
    # It and whose it is, those there are, the transaction.
    assert cost(made) == (3, 1 + 6)
    assert ada.cost("POST", "/push/subscriptions", json=browser) == (1, 0)
    other = Browser(endpoint="https://push.example.invalid/").to_json()
    assert ada.cost("POST", "/push/subscriptions", json=other) == (2, 4)
    # Account and session, for each session.
    assert ada.cost("GET", "/push/subscriptions") == (2, 1)
    subscription = f"/push/subscriptions/{made.json()['id']}"
    assert ada.cost("DELETE", subscription, 204) == (1, 6)


def test_second_factor(ada: Account) -> None:
    enrolment = ada.ask("POST", "/users/me/mfa/totp", json={"password": PASSWORD})
    # Each begins with account, pending and present factor read together.
    assert cost(enrolment) == (4, 1 + 1 + 1)
    totp = pyotp.TOTP(enrolment.json()["secret"])
    confirmation = ada.ask("POST", "/users/me/mfa/totp/confirm", json={"otp": totp.now()})
    assert cost(confirmation) == (4, 1 + 9 + 1)
    codes = confirmation.json()["recovery_codes"]

    assert ada.cost("POST", "/token", 401, data=form(ada)) == (5, 1 + 2 + 1 + 1)
    assert ada.cost("POST", "/token", 400, data=form(ada) | {"otp": "000"}) == (6, 1 + 2 + 1 + 1)
    later = totp.at(time.time() + totp.interval)
    assert ada.log_in(otp=later) == (7, 1 + 2 + 1 + 4 + 6)
    assert ada.log_in(otp=codes[0]) == (7, 1 + 2 + 1 + 6 + 6)
    ada.is_seen()
    both = {"password": PASSWORD, "otp": codes[1]}
    assert ada.cost("DELETE", "/users/me/mfa/totp", 204, json=both) == (6, 1 + 1 + 1 + 7 + 1)


def mailed(aws: Embedded, email: str | None, *before: str) -> str:
    """The token of the newest mail, once there is one more than those before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        mails = httpx.get(aws.mails, trust_env=False).json()["messages"]
        tokens = [
            line
            for messages in mails.values()
            for mail in messages
            if mail["To"] == [email]
            for line in mail["BodyText"].splitlines()
            if len(line) == 64 and line not in before
        ]
        if tokens:
            return str(tokens[0])
        time.sleep(0.1)
    raise TimeoutError(email)


def test_mailed_token_is_spent_with_what_it_allows(ada: Account, embedded_aws: Embedded) -> None:
    assert ada.cost("POST", "/users/me/email/verification", 202) == (2, 1 + 1)
    proof = mailed(embedded_aws, ada.email)
    assert ada.cost("POST", "/email/verify", 204, json={"token": proof}) == (3, 2 + 7)
    assert ada.cost("POST", "/email/verify", 400, json={"token": proof}) == (1, 1)

    assert ada.cost("POST", "/password-recovery", 202, json={"email": ada.email}) == (1, 1)
    reset = {"token": mailed(embedded_aws, ada.email, proof), "new_password": PASSWORD}
    assert ada.cost("POST", "/password-reset", 204, json=reset) == (4, 3 + 7)


def test_unsubscribing_writes_the_token_and_the_account(
    ada: Account, aws_client: Callable[[str], Any]
) -> None:
    token = opaque.make(ada.id)
    now = system_clock()
    mailed = UnsubscribeToken(
        user_id=ada.id, digest=token.digest, topic=MailTopic.REMINDERS, created_at=now
    )
    key = attributes(UNSUBSCRIBE_TOKEN.key(ada.id, token.digest))
    aws_client("dynamodb").put_item(TableName="EphemeralTable", Item=kept(mailed) | key)
    path = f"/mail/unsubscribe/{token.text}"
    assert ada.cost("GET", path) == (1, 1)
    click = {"List-Unsubscribe": "One-Click"}
    assert ada.cost("POST", path, 200, data=click) == (3, 2 + 5)
    assert ada.cost("POST", path, 200, data=click) == (2, 2)


def _link(aws_client: Callable[[str], Any], account: Account, task_id: str | None, at: int) -> str:
    """Of a mail that can be snoozed."""
    token = opaque.make(account.id)
    mailed = SnoozeToken(
        user_id=account.id, digest=token.digest, task_id=task_id, at=at, created_at=system_clock()
    )
    key = attributes(SNOOZE_TOKEN.key(account.id, token.digest))
    aws_client("dynamodb").put_item(TableName="EphemeralTable", Item=kept(mailed) | key)
    return f"/mail/snooze/{token.text}"


def test_snoozing_writes_the_token_and_the_task(
    ada: Account, aws_client: Callable[[str], Any]
) -> None:
    at = 1_795_336_200_000
    reminder = {"type": "absolute", "at": instant(at)}
    task = ada.ask("POST", "/tasks", 201, json={"title": "Buy milk", "reminders": [reminder]})
    path = _link(aws_client, ada, task.json()["id"], at)
    assert ada.cost("GET", path) == (3, 3)
    assert ada.cost("POST", path, 200, data={"until": "week"}) == (5, 4 + 4 + 2)
    assert ada.cost("POST", path, 200, data={"until": "week"}) == (3, 3)


def test_pausing_digests_writes_the_token_and_the_account(
    ada: Account, aws_client: Callable[[str], Any]
) -> None:
    ada.ask("PATCH", "/users/me", json={"digest_time": "07:30"})
    path = _link(aws_client, ada, None, 1)
    assert ada.cost("GET", path) == (2, 2)
    assert ada.cost("POST", path, 200, data={"until": "week"}) == (3, 2 + 5)


def test_recovery_from_an_address_is_counted_twice(grace: Account) -> None:
    asked = {"email": "stranger@example.com"}
    assert grace.cost("POST", "/password-recovery", 202, json=asked) == (1, 4)


def test_what_is_known_is_read_by_query(ada: Account) -> None:
    assert ada.cost("GET", "/users/me/security-log") == (1, 1)
    # One Query for each table.
    assert ada.cost("GET", "/users/me/export") == (3, 1 + 1 + 1)


def test_administration(admin: Account, grace: Account) -> None:
    assert admin.cost("GET", "/users") == (17, 17 * 0.5)
    path = f"/users/{grace.id}"
    assert admin.cost("PATCH", path, json={"disabled": True}) == (2, 1 + 5)
    assert admin.cost("PATCH", path, json={"disabled": True}) == (1, 1)
    assert admin.cost("PATCH", path, json={"disabled": False}) == (2, 1 + 5)
    assert admin.cost("PATCH", path, json={"log_out": True}) == (2, 1 + 5)


def test_refused_scope_costs_nothing(ada: Account) -> None:
    assert ada.cost("GET", "/users", 403) == (0, 0)
