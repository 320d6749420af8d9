"""What Amazon SES tells of a mail that we have sent, as an event of EventBridge.

The mail's tags say whose it was and to which address: what addresses the event names are as other
mail servers write them, or those that a mail was forwarded to.
https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from dataclasses import dataclass, replace
from hashlib import sha256

from errand.errors import MalformedRecord
from errand.identity.accounts.model import Account, AccountChanges, Undeliverable
from errand.messages import id_in, member, parsed

ACCOUNT_TAG = "account"
ADDRESS_TAG = "address"
# What somebody reports who wants the mail, or whom it does not concern.
_WANTED = {"not-spam", "auth-failure"}


def tags(account: Account) -> dict[str, str]:
    return {ACCOUNT_TAG: account.id, ADDRESS_TAG: _digest(account.email or "")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Feedback:
    """`reason`: None for what says nothing against the address, such as a full mailbox."""

    user_id: str
    address: str
    reason: Undeliverable | None

    def is_about(self, account: Account) -> bool:
        """Whether it is still the address of the account, and as good as any other so far."""
        return (
            account.email is not None
            and _digest(account.email) == self.address
            and account.undeliverable_since is None
        )

    def marks(self, account: Account, *, now: int) -> AccountChanges:
        """Of the next version of the account."""
        later = max(now, account.updated_at)
        marks = {"undeliverable_since": now, "undeliverable_reason": self.reason}
        return {**marks, "updated_at": later}


def decode(body: str) -> Feedback:
    """Raises MalformedRecord."""
    event = parsed(body)
    if event.get("source") != "aws.ses":
        raise MalformedRecord("source is not Amazon SES")
    detail = member(event, "detail", dict)
    told = member(member(detail, "mail", dict), "tags", dict)
    # Each is a list of one.
    told_once = {name: values[0] for name in told if (values := member(told, name, list))}
    feedback = Feedback(
        user_id=id_in(told_once, ACCOUNT_TAG),
        address=member(told_once, ADDRESS_TAG, str),
        reason=None,
    )
    match detail.get("eventType"):
        case "Bounce":
            kind = member(member(detail, "bounce", dict), "bounceType", str)
            is_final = kind == "Permanent"
            return replace(feedback, reason=Undeliverable.BOUNCE if is_final else None)
        case "Complaint":
            is_one = member(detail, "complaint", dict).get("complaintFeedbackType") not in _WANTED
            return replace(feedback, reason=Undeliverable.COMPLAINT if is_one else None)
    raise MalformedRecord("eventType is neither that of a bounce nor of a complaint")


def _digest(email: str) -> str:
    return sha256(email.encode()).hexdigest()
