"""What the API takes and gives for personal access tokens."""

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from errand.identity.accounts.schemas import PresentPassword
from errand.identity.personal_tokens.model import NAME_MAX, PATTERN, PersonalToken
from errand.inputs import Moment
from errand.records import show
from errand.schemas import sent, view
from errand.text import ONE_LINE_1, OneLine, Trimmed, at_least
from errand.views import JsonView

_EXAMPLE: dict[str, Any] = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl4",
    "name": "Backup script",
    "scopes": ["tasks:read"],
    "created_at": "2026-11-22T08:30:00.123Z",
    "expires_at": "2027-11-22T00:00:00.000Z",
    "last_used_on": None,
}
# Names of Scope, spelt out as messages are to show them.
type GrantableScope = Annotated[
    Literal["tasks:read", "tasks:write", "account:read", "account:write"],
    Field(description="What a token for scripts may allow"),
]


class TokenCreate(BaseModel):
    """The password once more: a stolen access token must not become one that lasts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=sent(
            {
                "name": "Backup script",
                "scopes": ["tasks:read"],
                "expires_at": "2027-11-22T00:00:00.000Z",
                "current_password": "correct horse battery",
            },
            of=PersonalToken,
        ),
    )

    name: Annotated[str, Field(max_length=NAME_MAX), Trimmed, at_least(1), OneLine, ONE_LINE_1]
    scopes: Annotated[list[GrantableScope], Field(min_length=1, max_length=4)]
    expires_at: Moment | None = None
    current_password: PresentPassword


TokenView = view(
    PersonalToken, name="TokenView", example=_EXAMPLE, meaning="A token without its text."
)
NewToken = view(
    PersonalToken,
    name="NewToken",
    meaning="The only answer with the token itself.",
    example=_EXAMPLE
    | {
        "token": "errand_pat_06h08q0rf9qcv4e83s3ndg2tl006h08q0rf9qcv4e83s3ndg2tl4"
        "4k8s1r0d2m5q9t3v7n6p0a8c1e4g2i5j1m0hq58"
    },
    more={
        "token": Annotated[
            Annotated[str, Field(pattern=PATTERN)] | None,
            Field(description="Null where an Idempotency-Key comes again: it is kept nowhere"),
        ]
    },
)
TOKENS_JSON = JsonView(PersonalToken)


def new_token_json(token: PersonalToken, text: str | None) -> str:
    """`text`: None in what is kept for a repetition of the request."""
    return json.dumps({**show(token), "token": text}, ensure_ascii=False, separators=(",", ":"))
