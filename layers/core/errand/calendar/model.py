"""A feed: an address under which calendar programs read the tasks of an account."""

from dataclasses import dataclass
from datetime import date

from errand.codecs import ID, Instant
from errand.fields import NOWHERE, TO_OWNER, By, kept
from errand.identity.accounts.model import Account

NAME_MAX = 100
FEEDS_MAX = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """The table of a feed's fields; `digest`: of the secret in its address (errand.opaque)."""

    id: str = kept("sk", codec=ID, shown=TO_OWNER, meaning="What to revoke it by; no secret")
    user_id: str = kept("pk", codec=ID, shown=NOWHERE)
    name: str = kept(
        "nm",
        by=By.CLIENT,
        shown=TO_OWNER,
        meaning="What calendar programs call it, or who reads it, in its owner's words",
    )
    created_at: Instant = kept("ca", shown=TO_OWNER, meaning="When it was made")
    last_read_on: date | None = kept(
        "lu",
        default=None,
        shown=TO_OWNER,
        meaning="The day on which it was last read, in UTC; null: it was not yet",
    )
    digest: str = kept("h", secret=True)

    def has_ended(self, account: Account) -> bool:
        """With all personal access tokens that the account had at some instant."""
        return account.tokens_from is not None and self.created_at <= account.tokens_from
