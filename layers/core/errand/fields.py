"""A field of a partial update: it may be left out, but what is sent is validated as it stands."""

from typing import Any

from pydantic import Field


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


# The default marks a field that was not sent; nothing reads it (`exclude_unset`).
IF_SENT: Any = Field(default=None, json_schema_extra=_without_default)
