"""How the mails are worded that carry a token."""

from dataclasses import dataclass

from errand.identity.recovery.model import LIFETIME_SECONDS, Purpose
from errand.mails.layout import Link, Literal, Mail, Paragraph, Part, mail_of


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


def token_mail(
    purpose: Purpose, *, username: str | None, token: str, app_url: str, public_url: str
) -> Mail:
    """`username`: only for an address that is proved, else a stranger may have chosen both.

    `app_url`: of the web client that takes the token; empty: there is none. `public_url`: of the
    API; empty: nobody knows.
    """
    wording = _WORDINGS[purpose]
    parts: list[Part] = [
        Paragraph(f"Hello {username}," if username else "Hello,"),
        Paragraph(wording.reason),
        Paragraph("If that was you, this is your token:"),
        Literal(token),
    ]
    if app_url:
        # Behind a #, a browser keeps it to itself: it gets into no server's log and no Referer.
        link = f"{app_url.rstrip('/')}/{wording.page}#token={token}"
        parts += [Paragraph("Or open this page:"), Link(link)]
    parts += [Paragraph(_LIFETIME), Paragraph(wording.unasked)]
    if public_url:
        parts.append(Paragraph(f"This mail is from Errand at {public_url}"))
    return mail_of(wording.subject, parts)
