"""What the API takes and gives for log-ins and sessions."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from errand import ids
from errand.accounts.scopes import Scope
from errand.sessions.model import Session


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


class SessionView(BaseModel):
    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "06h08q0rf9qcv4e83s3ndg2tl4",
                    "device": "John's laptop",
                    "address": "203.0.113.7",
                    "scopes": ["tasks:read", "tasks:write"],
                    "created_at": "2026-11-22T08:30:00.123Z",
                    "last_used_at": "2026-11-22T08:44:00.456Z",
                    "expires_at": "2026-12-22T08:44:00Z",
                    "current": True,
                }
            ]
        },
    )

    id: Annotated[str, Field(pattern=ids.PATTERN)]
    device: str
    address: Annotated[str | None, Field(description="Where the log-in came from")]
    scopes: list[Scope]
    created_at: datetime
    last_used_at: Annotated[datetime, Field(description="When its tokens were last renewed")]
    expires_at: datetime
    current: Annotated[bool, Field(description="Whether it is the one that asks")]

    @classmethod
    def of(cls, session: Session, *, current: str | None) -> "SessionView":
        return cls(
            id=session.id,
            device=session.device,
            address=session.address,
            scopes=sorted(session.scopes),
            created_at=datetime.fromtimestamp(session.created_at / 1000, UTC),
            last_used_at=datetime.fromtimestamp(session.last_used_at / 1000, UTC),
            expires_at=datetime.fromtimestamp(session.expires_at, UTC),
            current=session.id == current,
        )


SESSIONS = TypeAdapter(list[SessionView])
