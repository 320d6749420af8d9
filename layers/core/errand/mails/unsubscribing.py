"""How a mail tells how to do without the next one (RFC 2369, RFC 8058)."""

from errand import opaque
from errand.identity.accounts.model import Account, MailTopic
from errand.mails.kinds import Desk
from errand.mails.model import UnsubscribeToken
from errand.storage.kinds import UNSUBSCRIBE_TOKEN


def unsubscribe_url(desk: Desk, topic: MailTopic, account: Account) -> str | None:
    """Of a page that asks; what is posted there unsubscribes. None: nobody knows where we are."""
    if not desk.public_url:
        return None
    token = opaque.make(account.id)
    kept = UnsubscribeToken(
        user_id=account.id, digest=token.digest, topic=topic, created_at=desk.now
    )
    desk.tables.put(UNSUBSCRIBE_TOKEN, UNSUBSCRIBE_TOKEN.key(account.id, token.digest), kept)
    return f"{desk.public_url.rstrip('/')}/mail/unsubscribe/{token.text}"


def headers(url: str | None) -> dict[str, str]:
    """For programs that have a button of their own. RFC 8058, section 3.1: HTTPS only."""
    if url is None or not url.startswith("https://"):
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
