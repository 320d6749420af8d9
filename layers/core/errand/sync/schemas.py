"""What the API gives to clients that keep a copy."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class SyncedRecord(BaseModel):
    """A record as the API shows those of its kind, such as a Task, a Project, or all Labels."""

    model_config = ConfigDict(extra="allow")


class SyncedChange(BaseModel):
    """That a record is like this now."""

    kind: Annotated[str, Field(description="Of the record; more of them may be added")]
    id: Annotated[str, Field(description="Of the record; one of each kind may have it")]
    deleted: Annotated[bool, Field(description="Whether it is there no more")]
    value: Annotated[SyncedRecord | None, Field(description="As it is now; null: it is deleted")]


class SyncPage(BaseModel):
    """Changes in the order in which they were made, each record as it is by now."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "changes": [
                        {
                            "kind": "project",
                            "id": "06h08q0rf9qcv4e83s3ndg2tl8",
                            "deleted": False,
                            "value": {"name": "Home", "colour": "#2a9d8f"},
                        }
                    ],
                    "cursor": "eyJlIjoi",
                    "more": False,
                }
            ]
        }
    )

    changes: Annotated[list[SyncedChange], Field(description="To be applied in this order")]
    cursor: Annotated[str, Field(description="Where the next request goes on: keep it")]
    more: Annotated[bool, Field(description="Whether there are more by now: ask again at once")]
