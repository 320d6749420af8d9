"""What the API takes and gives for personal access tokens."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from errand import ids
from errand.accounts.scopes import Scope
from errand.personal_tokens.model import NAME_MAX, PATTERN, PersonalToken
from errand.text import ONE_LINE_1, OneLine, Trimmed

_EXAMPLE: dict[str, Any] = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl4",
    "name": "Backup script",
    "scopes": ["tasks:read"],
    "created_at": "2026-11-22T08:30:00.123Z",
    "expires_at": "2027-11-22T00:00:00Z",
    "last_used_on": None,
}
Grantable = Literal[Scope.TASKS_READ, Scope.TASKS_WRITE, Scope.ACCOUNT_READ, Scope.ACCOUNT_WRITE]


class TokenCreate(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "name": "Backup script",
                    "scopes": ["tasks:read"],
                    "expires_at": "2027-11-22T00:00:00Z",
                }
            ]
        },
    )

    name: Annotated[
        str, Field(max_length=NAME_MAX), Trimmed, Field(min_length=1), OneLine, ONE_LINE_1
    ]
    scopes: Annotated[list[Grantable], Field(min_length=1, max_length=4)]
    expires_at: Annotated[
        AwareDatetime | None, Field(description="An instant; null or left out: never")
    ] = None


class TokenView(BaseModel):
    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_extra={"examples": [_EXAMPLE]},
    )

    id: Annotated[str, Field(pattern=ids.PATTERN)]
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_on: Annotated[date | None, Field(description="The day, in UTC")]

    @classmethod
    def of(cls, token: PersonalToken) -> "TokenView":
        return cls(**_fields(token))


class NewToken(TokenView):
    """The only answer with the token itself."""

    model_config = ConfigDict(
        json_schema_serialization_defaults_required=True,
        json_schema_extra={
            "examples": [
                _EXAMPLE
                | {
                    "token": "errand_pat_06h08q0rf9qcv4e83s3ndg2tl006h08q0rf9qcv4e83s3ndg2tl4"
                    "4k8s1r0d2m5q9t3v7n6p0a8c1e4g2i5j1m0hq58"
                }
            ]
        },
    )

    token: Annotated[str, Field(pattern=PATTERN)]

    @classmethod
    def with_text(cls, token: PersonalToken, text: str) -> "NewToken":
        return cls(**_fields(token), token=text)


def _fields(token: PersonalToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "scopes": sorted(token.scopes),
        "created_at": datetime.fromtimestamp(token.created_at / 1000, UTC),
        "expires_at": datetime.fromtimestamp(token.expires_at / 1000, UTC)
        if token.expires_at
        else None,
        "last_used_on": token.last_used_on,
    }


TOKENS = TypeAdapter(list[TokenView])
