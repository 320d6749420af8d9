"""The link by which whoever reads a mail has a reminder come again, or digests later."""

from errand import opaque
from errand.codecs import Instant
from errand.identity.accounts.model import Account
from errand.mails.kinds import Desk
from errand.reminding.model import SnoozeToken
from errand.storage.kinds import SNOOZE_TOKEN


def snooze_url(desk: Desk, account: Account, *, task_id: str | None, at: Instant) -> str | None:
    """Of a page that asks; what is posted there snoozes. None: nobody knows where we are.

    Without a task it is the digest that is paused.
    """
    if not desk.public_url:
        return None
    token = opaque.make(account.id)
    kept = SnoozeToken(
        user_id=account.id, digest=token.digest, task_id=task_id, at=at, created_at=desk.now
    )
    desk.tables.put(SNOOZE_TOKEN, SNOOZE_TOKEN.key(account.id, token.digest), kept)
    return f"{desk.public_url.rstrip('/')}/mail/snooze/{token.text}"
