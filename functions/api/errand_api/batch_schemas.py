"""What the API takes and gives for several requests in one."""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, model_validator

from errand.refusals import refused
from errand.schemas import IF_SENT, sent
from errand_api.batches import Command, Outcome

COMMANDS_MAX = 99
# What a token for tasks is good for; neither accounts nor batches within batches.
_PATH = r"^/(tasks|projects|labels|trash|filters)(/[A-Za-z0-9_-]{1,64})*$"
_OF_ONE = re.compile(
    r"/(tasks|projects|labels|filters)/[^/]+|/tasks/[^/]+/comments/[^/]+|/projects/[^/]+/sections/[^/]+"
)
_TEMP_ID = r"^temp-[A-Za-z0-9_-]{1,59}$"
type Method = Annotated[
    Literal["POST", "PATCH", "PUT", "DELETE"],
    Field(description="Of a request that changes something"),
]


class CommandBody(BaseModel):
    """Fields of the request, as it would be sent alone."""

    model_config = ConfigDict(extra="allow")


class SyncCommand(BaseModel):
    """A request, as it would be sent alone."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[
        str,
        Field(
            pattern=r"^[!-~]{1,64}$",
            description="Of your own: sent again within a day, it is carried out once",
        ),
    ]
    method: Annotated[Method, Field(description="Of the request")]
    path: Annotated[
        str, Field(max_length=400, pattern=_PATH, description="Of the request, such as /tasks")
    ]
    body: Annotated[CommandBody, Field(description="Of the request")] = IF_SENT
    if_match: Annotated[
        str, Field(max_length=100, pattern=r"^[ -~]*$", description="An ETag, as in If-Match")
    ] = IF_SENT
    was: Annotated[
        CommandBody,
        Field(
            description="Of PATCH, and PUT of a task: what fields of the body had when they began "
            "to be changed. What others have changed since is replaced and told, and texts of "
            "tasks are kept"
        ),
    ] = IF_SENT
    temp_id: Annotated[
        str,
        Field(
            pattern=_TEMP_ID,
            description="What later commands call that which this one makes: in their paths, and "
            "in fields that name another thing",
        ),
    ] = IF_SENT

    @model_validator(mode="after")
    def _was_something(self) -> Self:
        if self.was is None:
            return self
        if self.method not in {"PATCH", "PUT"} or not _OF_ONE.fullmatch(self.path):
            raise refused("was_of_change", "was goes with what changes one thing: PATCH, or PUT")
        if self.was.model_dump().keys() - (self.body.model_dump() if self.body else {}).keys():
            raise refused("was_of_body", "was has fields of body alone")
        return self


class SyncCommands(BaseModel):
    """What a client did while it was offline, in its order."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=sent(
            {
                "commands": [
                    {
                        "id": "c1",
                        "method": "POST",
                        "path": "/projects",
                        "body": {"name": "Home"},
                        "temp_id": "temp-home",
                    },
                    {
                        "id": "c2",
                        "method": "POST",
                        "path": "/tasks",
                        "body": {"title": "Mow the lawn", "project_id": "temp-home"},
                    },
                ]
            },
            {
                "commands": [
                    {
                        "id": "c3",
                        "method": "PATCH",
                        "path": "/tasks/06h08q0rf9qcv4e83s3ndg2tl8",
                        "body": {"title": "Buy soy milk"},
                        "was": {"title": "Buy milk"},
                    }
                ],
                "all_or_nothing": True,
            },
        ),
    )

    commands: Annotated[
        list[SyncCommand],
        Field(min_length=1, max_length=COMMANDS_MAX, description="Carried out one after the other"),
    ]
    all_or_nothing: Annotated[
        StrictBool,
        Field(
            description="Whether they are one transaction, of at most 99 records that are written: "
            "if one is refused, none is carried out"
        ),
    ] = False

    @model_validator(mode="after")
    def _are_told_apart(self) -> Self:
        ids = [command.id for command in self.commands]
        temp_ids = [command.temp_id for command in self.commands if command.temp_id]
        if len({*ids}) < len(ids) or len({*temp_ids}) < len(temp_ids):
            raise refused("repeated_id", "id and temp_id of each command must be its own")
        return self

    def read(self) -> list[Command]:
        return [
            Command(
                name=one.id,
                method=one.method,
                path=one.path,
                body=one.body.model_dump() if one.body is not None else None,
                if_match=one.if_match,
                was=one.was.model_dump() if one.was is not None else None,
                temp_id=one.temp_id,
            )
            for one in self.commands
        ]


class SyncConflict(BaseModel):
    """That a change replaced another one, which its client had not seen."""

    field: Annotated[str, Field(description="Of what was changed")]
    replaced: Annotated[Any, Field(description="What it was; null: nothing")]
    comment_id: Annotated[
        str | None,
        Field(description="Of the comment on the task that keeps it, if it is a text of the task"),
    ]


class SyncResult(BaseModel):
    """What a command was answered."""

    id: Annotated[str, Field(description="Of the command")]
    status: Annotated[
        int, Field(description="As of the request alone; 424: what it names was not made")
    ]
    temp_id: Annotated[str | None, Field(description="Of the command, if it had one")]
    made_id: Annotated[str | None, Field(description="Of what there is now: what temp_id became")]
    etag: Annotated[str | None, Field(description="Of what there is now")]
    body: Annotated[CommandBody | None, Field(description="The answer, or the problem")]
    conflicts: Annotated[
        list[SyncConflict], Field(description="What was replaced that was not what `was` says")
    ]


class SyncResults(BaseModel):
    """Of each command, in their order."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "results": [
                        {
                            "id": "c1",
                            "status": 201,
                            "temp_id": "temp-home",
                            "made_id": "06h08q0rf9qcv4e83s3ndg2tl8",
                            "etag": '"1"',
                            "body": {"id": "06h08q0rf9qcv4e83s3ndg2tl8"},
                            "conflicts": [],
                        }
                    ]
                }
            ]
        }
    )

    results: Annotated[list[SyncResult], Field(description="One for each command")]


def told(commands: Sequence[Command], outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """As SyncResults has it."""
    return {
        "results": [
            {
                "id": one.name,
                "status": got.status,
                "temp_id": one.temp_id,
                "made_id": got.made,
                "etag": got.etag,
                "body": got.body,
                "conflicts": got.conflicts,
            }
            for one, got in zip(commands, outcomes, strict=True)
        ]
    }
