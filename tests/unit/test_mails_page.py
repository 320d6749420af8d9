"""The page of all mails."""

from pathlib import Path

import pytest
from tools import mails

from errand_testkit.html import Page
from send_mails import KINDS


def test_every_kind_is_on_it_with_every_name() -> None:
    shown = [kind for kind, _ in mails.samples()]
    assert {kind: shown.count(kind) for kind in shown} == {
        kind.request.kind: len(mails.NAMES) for kind in KINDS
    }


@pytest.mark.deep
def test_whatever_a_name_is_a_mail_is_built_alike() -> None:
    """It changes no element, and leads nowhere else."""
    for kind in {kind for kind, _ in mails.samples()}:
        pages = [Page(mail.html) for other, mail in mails.samples() if other == kind]
        assert all(page.open == [] for page in pages)
        assert {(*page.tags,) for page in pages} == {(*pages[0].tags,)}
        assert {(*page.links,) for page in pages} == {(*pages[0].links,)}


def test_subject_is_one_short_line() -> None:
    for _, mail in mails.samples():
        assert mail.subject.replace("\u200d", "").isprintable()  # which joins an emoji
        assert len(mail.subject) <= 150


def test_page_says_where_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert mails.main() == 0
    written = Path(capsys.readouterr().out.strip())
    page = Page(written.read_text())
    assert page.tags.count("iframe") == len(mails.samples())
    assert "script" not in page.tags
    assert page.open == []
