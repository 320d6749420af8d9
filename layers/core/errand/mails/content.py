"""What the mails say, as text and as HTML. Nothing here does I/O."""

from dataclasses import dataclass
from html import escape

from errand.recovery.model import LIFETIME_SECONDS, Purpose


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Wording:
    subject: str
    reason: str
    page: str  # of the web client
    unasked: str


_WORDINGS = {
    Purpose.PASSWORD_RECOVERY: _Wording(
        subject="Set a new password",
        reason="Somebody asked to set a new password for your Errand account.",
        page="reset-password",
        unasked="If that was not you, ignore this mail: your password stays as it is.",
    ),
    Purpose.EMAIL_VERIFICATION: _Wording(
        subject="Confirm your e-mail address",
        reason="This address was entered for an Errand account.",
        page="verify-email",
        unasked="If that was not you, ignore this mail: the address stays unconfirmed.",
    ),
}
_LIFETIME = f"It works once, within {LIFETIME_SECONDS // 60} minutes. Give it to nobody."


def mail_of(purpose: Purpose, *, username: str, token: str, app_url: str) -> Mail:
    """`app_url`: of the web client that takes the token; empty: there is none."""
    wording = _WORDINGS[purpose]
    # Behind a #, a browser keeps it to itself: it gets into no server's log and no Referer.
    link = f"{app_url.rstrip('/')}/{wording.page}#token={token}" if app_url else None
    greeting = f"Hello {username},"
    before = "If that was you, this is your token:"
    text = [greeting, wording.reason, before, token]
    html = [_paragraph(greeting), _paragraph(wording.reason), _paragraph(before), _literal(token)]
    if link:
        text += ["Or open this page:", link]
        html += [_paragraph("Or open this page:"), _link(link)]
    text += [_LIFETIME, wording.unasked]
    html += [_paragraph(_LIFETIME), _paragraph(wording.unasked)]
    return Mail(wording.subject, "\n\n".join(text) + "\n", _document(wording.subject, html))


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _literal(text: str) -> str:
    return f"<pre>{escape(text)}</pre>"


def _link(url: str) -> str:
    return f'<p><a href="{escape(url)}">{escape(url)}</a></p>'


def _document(title: str, body: list[str]) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n'
        f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n'
        "<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )
