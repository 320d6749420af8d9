"""What the API takes and gives for log-ins and sessions."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from errand.identity.sessions.model import Session
from errand.records import show
from errand.schemas import view


class Token(BaseModel):
    """RFC 6749, section 5.1."""

    access_token: str
    token_type: str = "bearer"  # noqa: S105 - the type's name
    expires_in: int
    refresh_token: Annotated[str, Field(description="Good for one use: each answer has the next")]
    scope: str
    device_token: Annotated[
        str | None,
        Field(
            description="Sent with a later log-in it tells that this device is known: guesses of "
            "others do not make it wait"
        ),
    ] = None


SessionView = view(
    Session,
    name="SessionView",
    example={
        "id": "06h08q0rf9qcv4e83s3ndg2tl4",
        "device": "John's laptop",
        "address": "203.0.113.7",
        "scopes": ["tasks:read", "tasks:write"],
        "created_at": "2026-11-22T08:30:00.123Z",
        "last_used_at": "2026-11-22T08:44:00.456Z",
        "expires_at": "2026-12-22T08:44:00.000Z",
        "current": True,
    },
    more={"current": Annotated[bool, Field(description="Whether it is the one that asks")]},
)


def session_view(session: Session, *, current: str | None) -> dict[str, Any]:
    """`current`: the id of the session that asks."""
    return {**show(session), "current": session.id == current}
