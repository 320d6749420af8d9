"""What the API takes and gives for calendar feeds."""

import json
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from errand.calendar.model import NAME_MAX, Feed
from errand.identity.accounts.schemas import PresentPassword
from errand.records import show
from errand.schemas import sent, view
from errand.text import ONE_LINE_1, OneLine, Trimmed, at_least
from errand.views import JsonView

_EXAMPLE: dict[str, Any] = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl4",
    "name": "My tasks",
    "created_at": "2026-11-22T08:30:00.123Z",
    "last_read_on": None,
}
_TOKEN = "AZ-8aDvqf0yUjgg4O8u0XQGfvGg76n9MlI4IODvLtF2sZ0Yk8b1yQ3n5o7XvT2wE4rG6hJ8kL0pM2cV4bN6xZw"  # noqa: S105


class FeedCreate(BaseModel):
    """The password once more: a stolen access token must not become an address that lasts."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=sent(
            {"name": "My tasks", "current_password": "correct horse battery"}, of=Feed
        ),
    )

    name: Annotated[str, Field(max_length=NAME_MAX), Trimmed, at_least(1), OneLine, ONE_LINE_1]
    current_password: PresentPassword


FeedView = view(Feed, name="CalendarFeed", example=_EXAMPLE, meaning="A feed without its address.")
NewFeed = view(
    Feed,
    name="NewCalendarFeed",
    meaning="The only answer with the address itself.",
    example=_EXAMPLE | {"url": f"https://errand.example.com/calendar/{_TOKEN}.ics"},
    more={
        "url": Annotated[
            str | None,
            Field(
                description="What to subscribe to; who has it reads your tasks. Null where an "
                "Idempotency-Key comes again: it is kept nowhere"
            ),
        ]
    },
)
FEEDS_JSON = JsonView(Feed)


def new_feed_json(feed: Feed, url: str | None) -> str:
    """`url`: None in what is kept for a repetition of the request."""
    return json.dumps({**show(feed), "url": url}, ensure_ascii=False, separators=(",", ":"))
