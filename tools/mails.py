"""`make mails`: every mail on one page, as people with hostile names get it, to be looked at."""

import sys
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

from errand.mails.rendering import PACKAGE, Mail, render
from send_mails import KINDS

PAGE = Path(".local/mails.html")
URL = "https://api.example.com"
UNSUBSCRIBE = f"{URL}/mail/unsubscribe/{'A1-b2_' * 10}A1b2"

# What somebody might call themselves, or a task.
NAMES = (
    "ada",
    "</p></div></body><script>alert(1)</script>",
    '"><img src=x onerror=alert(1)> &amp; {{ 7 * 7 }}',
    "\u202egpj.exe \u2066 Ada",
    "=?utf-8?q?Bcc?=: everybody@example.com",
    "W" * 250,
    "Ada Lovelace " * 20,
    "عبد الله 王小明 👩\u200d💻 Zoë",
)


def _with_token(name: str) -> Mapping[str, Any]:
    return {
        "username": name,
        "text": "A1-b2_" * 10 + "A1b2",
        "link": f"https://app.example.com/page#token={'A1-b2_' * 10}A1b2",
        "minutes": 60,
    }


def _reminder(name: str) -> Mapping[str, Any]:
    return {
        "task_title": name,
        "description": f"{name}\n\n{name}",
        "due": "2026-12-24 09:00 Europe/Berlin",
        "link": "https://app.example.com",
        "snooze_url": f"{URL}/mail/snooze/{'A1-b2_' * 10}A1b2",
    }


def _digest(name: str) -> Mapping[str, Any]:
    return {
        "day": "2026-12-24",
        "today": [(name, "2026-12-24 09:00 Europe/Berlin"), ("Buy milk", "2026-12-24")],
        "overdue": [(name, "2026-12-01")],
        "more_today": False,
        "more_overdue": True,
        "link": "https://app.example.com",
        "pause_url": f"{URL}/mail/snooze/{'A1-b2_' * 10}A1b2",
    }


def _disabled(name: str) -> Mapping[str, Any]:
    return {
        "username": name,
        "name": name,
        "id": "06h04oaa3dpa700lnaafu6cr44",
        "host": "hooks.example.com",
        "reason": "For five days it has not accepted anything.",
        "link": "https://app.example.com/webhooks/06h04oaa3dpa700lnaafu6cr44",
    }


# Kind -> what its template is given for somebody of that name.
SAMPLES = {
    "password_recovery": _with_token,
    "email_verification": _with_token,
    "reminder": _reminder,
    "digest": _digest,
    "webhook_disabled": _disabled,
}


def samples() -> list[tuple[str, Mail]]:
    """Each kind for each name. Raises KeyError for a kind without samples."""
    return [
        (kind.request.kind, _mail(kind.template, SAMPLES[kind.request.kind](name), kind.topic))
        for kind in KINDS
        for name in NAMES
    ]


def _mail(template: str, data: Mapping[str, Any], topic: object) -> Mail:
    told = {**data, "public_url": URL, "unsubscribe_url": UNSUBSCRIBE if topic else None}
    return render(template, told, roots=[PACKAGE])


def page(mails: list[tuple[str, Mail]]) -> str:
    """Each mail as a browser shows it, where it can run nothing, and as a plain text."""
    shown = "\n".join(
        f"<section><h2>{escape(kind)}: {escape(mail.subject)}</h2>\n"
        f'<iframe sandbox="" srcdoc="{escape(mail.html)}"></iframe>\n'
        f"<pre>{escape(mail.text)}</pre></section>"
        for kind, mail in mails
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Mails</title>\n'
        "<style>:root{color-scheme:light dark}body{font:14px system-ui,sans-serif}"
        "section{display:grid;grid-template-columns:640px 1fr;gap:16px;margin:0 0 32px}"
        "h2{grid-column:1/-1;margin:0;overflow-wrap:anywhere}iframe{width:100%;height:640px;border:"
        "1px solid #888}pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}</style></head>\n"
        f"<body>\n{shown}\n</body></html>\n"
    )


def main() -> int:
    """Write the page, print where it is."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(samples()), encoding="utf-8")
    print(PAGE.resolve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
