"""What a template becomes, whoever has chosen what is in it."""

from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError

from errand.errors import MalformedRecord
from errand.mails.rendering import SUBJECT_MAX, Mail, render
from errand_testkit.html import Page

TEMPLATE = """
{% extends "layout.jinja" %}
{% block subject %}Due: {{ title_of_task }}{% endblock %}
{% block body %}
{% call paragraph() %}Hello {{ title_of_task | one_line }}{% endcall %}
{{ entry(title_of_task, note="in Home", url=url) }}
{{ entry(title_of_task) }}
{{ button("Look at it", url) }}
{{ token("secret") }}
{% endblock %}
"""
HOSTILE = "</p><script>alert(1)</script>\"' & {{ 7 * 7 }}"


@pytest.fixture
def roots(tmp_path: Path) -> list[Path]:
    (tmp_path / "due.jinja").write_text(TEMPLATE)
    return [tmp_path]


def mail(roots: list[Path], title: str, **more: Any) -> Mail:
    usual = {"url": "https://app.example.com/1", "unsubscribe_url": None, "public_url": ""}
    return render("due.jinja", {"title_of_task": title, **usual, **more}, roots=roots)


def test_template_is_written_once(roots: list[Path]) -> None:
    made = mail(roots, "Buy milk")
    assert made.subject == "Due: Buy milk"
    assert made.text == (
        "Hello Buy milk\n\n"
        "- Buy milk (in Home)\n  https://app.example.com/1\n\n- Buy milk\n\n"
        "Look at it:\nhttps://app.example.com/1\n\n"
        "secret\n"
    )
    page = Page(made.html)
    assert page.open == []
    assert page.links == ["https://app.example.com/1"] * 2


def test_hostile_text_is_text(roots: list[Path]) -> None:
    hostile, usual = mail(roots, HOSTILE), mail(roots, "Buy milk")
    assert Page(hostile.html).tags == Page(usual.html).tags
    assert f"Hello {HOSTILE}" in Page(hostile.html).text
    assert f"Hello {HOSTILE}\n" in hostile.text


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Buy milk\r\nBcc: everybody@example.com", "Due: Buy milk Bcc: everybody@example.com"),
        ("Buy\x00 \x1b[31mmilk\x7f", "Due: Buy [31mmilk"),
        ("gnp.\u202eexe\u2066", "Due: gnp.exe"),
        ("one\u2028two\u2029three\x85four", "Due: one two three four"),
        ("👩\u200d💻", "Due: 👩\u200d💻"),
        ("x" * 500, "Due: " + "x" * (SUBJECT_MAX - 6) + "…"),
        (HOSTILE, f"Due: {HOSTILE}"),
    ],
    ids=ascii,
)
def test_subject_is_one_line_that_reads_as_it_stands(
    roots: list[Path], title: str, subject: str
) -> None:
    assert mail(roots, title).subject == subject


def test_a_name_makes_no_paragraph(roots: list[Path]) -> None:
    text = mail(roots, "Buy milk\n\nYour account is locked:\nhttps://evil.example").text
    assert "Hello Buy milk Your account is locked: https://evil.example\n" in text
    assert "- Buy milk Your account is locked: https://evil.example (in Home)\n" in text


def test_a_name_turns_nothing_around(roots: list[Path]) -> None:
    made = mail(roots, "\u202egpj.exe\u2066")
    assert "- gpj.exe (in Home)" in made.text
    assert not {"\u202e", "\u2066"} & {*made.text, *made.html}


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", ""])
def test_a_link_leads_to_a_page_of_the_web(roots: list[Path], url: str) -> None:
    with pytest.raises(MalformedRecord):
        mail(roots, "Buy milk", url=url)


def test_data_that_is_missing_is_a_defect(roots: list[Path]) -> None:
    with pytest.raises(UndefinedError):
        render("due.jinja", {"title_of_task": "Buy milk"}, roots=roots)


def test_it_tells_how_to_stop_such_mails(roots: list[Path]) -> None:
    url = "https://api.example.com/mail/unsubscribe/x"
    made = mail(roots, "Buy milk", unsubscribe_url=url)
    assert url in made.text.splitlines()
    assert url in Page(made.html).links
    assert "To stop them" not in mail(roots, "Buy milk").text


def test_it_is_readable_in_the_dark(roots: list[Path]) -> None:
    html = mail(roots, "Buy milk").html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media (prefers-color-scheme: dark)" in html
