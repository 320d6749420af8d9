"""The welcome and the health of the process; neither touches a table."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

import errand
from errand_api.routing import Router

router = Router(tags=["system"])


class Welcome(BaseModel):
    message: str
    version: Annotated[str, Field(examples=[errand.__version__])]
    docs: str


class Health(BaseModel):
    status: Literal["ok"]


@router.get("/", operation_id="welcome", summary="Say hello")
async def welcome() -> Welcome:
    return Welcome(
        message="Welcome to Errand, a task-management API", version=errand.__version__, docs="/docs"
    )


@router.get("/health", operation_id="health", summary="Tell that the process answers")
async def health() -> Health:
    return Health(status="ok")
