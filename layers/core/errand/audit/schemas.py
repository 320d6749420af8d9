"""The security log as its owner reads it."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from errand import ids
from errand.audit.model import Act, AuditRecord


class SecurityEvent(BaseModel):
    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "examples": [
                {
                    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
                    "at": "2026-11-22T08:30:00.123Z",
                    "act": "logged_in",
                    "actor": "06h08q0rf9qcv4e83s3ndg2tl0",
                    "address": "203.0.113.7",
                    "agent": "curl/8.5.0",
                    "request_id": "JKJaXmPLvHcESHA=",
                    "about": "06h08q0rf9qcv4e83s3ndg2tl4",
                }
            ]
        },
    )

    id: Annotated[str, Field(pattern=ids.PATTERN)]
    at: datetime
    act: Act
    actor: Annotated[
        str | None, Field(description="Id of the user who did it; null: nobody logged in")
    ]
    address: str | None
    agent: str
    request_id: str
    about: Annotated[str | None, Field(description="Id of the session or token it is about")]

    @classmethod
    def of(cls, record: AuditRecord) -> "SecurityEvent":
        return cls(
            id=record.id,
            at=datetime.fromtimestamp(record.at / 1000, UTC),
            act=record.act,
            actor=record.actor,
            address=record.origin.address,
            agent=record.origin.agent,
            request_id=record.origin.request_id,
            about=record.about,
        )


SECURITY_EVENTS = TypeAdapter(list[SecurityEvent])
