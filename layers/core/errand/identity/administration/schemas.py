"""Accounts as administrators see and change them."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from errand.schemas import IF_SENT, sent


class UserUpdate(BaseModel):
    """Only what is sent is done."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=sent({"disabled": True}, {"log_out": True})
    )

    disabled: Annotated[
        StrictBool,
        Field(description="A disabled user's sessions end and tokens stop working"),
    ] = IF_SENT
    log_out: Annotated[
        Literal[True], Field(description="End all sessions and personal access tokens")
    ] = IF_SENT
