"""What the API takes and gives for log-ins and sessions."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from errand.identity.sessions.model import Session
from errand.records import show
from errand.schemas import view


def _tell_token(schema: dict[str, Any]) -> None:
    # It is never left out; `device_token` is, where there is none.
    schema["required"].insert(1, "token_type")
    del schema["properties"]["token_type"]["default"]
    schema["properties"]["device_token"] |= {"type": "string"}
    del schema["properties"]["device_token"]["anyOf"]
    schema["examples"] = [
        {
            "access_token": "eyJhbGciOiJIUzI1NiIsImtpZCI6ImEifQ.eyJzdWIiOiIwNmgwIn0.c2lnbmF0dXJl",
            "token_type": "bearer",
            "expires_in": 900,
            "refresh_token": "AZ9k3mZbT4yqWq0Qp0mZbAGfZN5m2089kDqWq0Qp0mZbpl1T3v7n6p0a8c1e4g2i5",
            "scope": "account:read account:write tasks:read tasks:write",
        }
    ]


class Token(BaseModel):
    """RFC 6749, section 5.1."""

    model_config = ConfigDict(json_schema_extra=_tell_token)

    access_token: Annotated[str, Field(description="For the header Authorization: Bearer …")]
    token_type: Annotated[Literal["bearer"], Field(description="RFC 6750")] = "bearer"  # noqa: S105 - the type
    expires_in: Annotated[int, Field(description="Seconds that the access token is good for")]
    refresh_token: Annotated[str, Field(description="Good for one use: each answer has the next")]
    scope: Annotated[str, Field(description="What the access token allows, by spaces")]
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
    meaning="One log-in on one device.",
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
