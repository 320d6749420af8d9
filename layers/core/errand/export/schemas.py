"""Everything that is kept about a user, in one document (GDPR, article 20)."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field, create_model

from errand.fields import Shown
from errand.identity.accounts.schemas import User
from errand.identity.audit.schemas import SecurityEvent
from errand.identity.mfa.model import Factor, Pending
from errand.identity.personal_tokens.schemas import TokenView
from errand.identity.sessions.model import Session
from errand.identity.throttling.model import KnownAddress
from errand.schemas import several, view
from errand.storage.receipts import KeptAnswer
from errand.tasks.schemas import task_view

_FACTOR = view(
    Factor,
    name="SecondFactor",
    where=Shown.EXPORTS,
    meaning="That there is one; its secret is not given away again.",
)
_ANSWER = view(
    KeptAnswer,
    name="KeptAnswer",
    where=Shown.EXPORTS,
    meaning="What a request with an Idempotency-Key was answered, to answer it the same again.",
)
_PENDING = view(
    Pending,
    name="PendingProof",
    where=Shown.EXPORTS,
    meaning="A mail that was sent, or an authenticator app that was not confirmed yet.",
)
_ADDRESS = view(
    KnownAddress,
    name="KnownAddress",
    where=Shown.EXPORTS,
    meaning="That somebody logged in from an address, of which no more than a digest is kept.",
)
_SESSION = view(Session, name="ExportedSession", where=Shown.EXPORTS)

# Section to what is in it, by the names that the registry of kinds has for them.
_SECTIONS: dict[str, Any] = {
    "account": Annotated[User | None, Field(description="On the first page only")],
    "second_factor": _FACTOR | None,
    "tasks": several(task_view()),
    "sessions": several(_SESSION),
    "personal_access_tokens": several(TokenView),
    "security_log": several(SecurityEvent),
    "kept_answers": several(_ANSWER),
    "pending": several(_PENDING),
    "known_addresses": several(_ADDRESS),
}
_SINGLE = {"account", "second_factor"}
_FIELDS: dict[str, Any] = {
    name: (shape, ...) for name, shape in {"exported_at": datetime, **_SECTIONS}.items()
}

Export: type[BaseModel] = create_model(
    "Export",
    __doc__="A collection too large for one answer goes on behind the Link header; `account` comes "
    "once.\n\nDigests of passwords and tokens are not in it: they are of use to nobody but an "
    "attacker.",
    **_FIELDS,
)


def empty() -> dict[str, Any]:
    """Every section, with nothing in it."""
    return {name: None if name in _SINGLE else [] for name in _SECTIONS}
