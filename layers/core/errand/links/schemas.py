"""What the API tells of a task's links; apart from `preview`, which loads an HTTP client."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class LinkPreview(BaseModel):
    """Where a link leads: an answer (whatever its status) or the reason why there is none."""

    model_config = ConfigDict(
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "url": "https://example.com/milk",
                    "status": 200,
                    "title": "All about milk",
                    "error": None,
                }
            ]
        },
    )

    url: Annotated[str, Field(description="The link")]
    status: Annotated[int | None, Field(description="Of the last answer, after redirects")]
    title: Annotated[str | None, Field(description="Of the page, if it is HTML and has one")]
    error: Annotated[str | None, Field(description="Why there is no answer, in few words")]
