"""What the API gives for real time."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class SocketTicket(BaseModel):
    """The only answer with the ticket, which opens one socket."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "wss://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live",
                    "ticket": "AYhcpG4p1G-1gX4K8w2F7oGb0sQkq1xwVYt4c4sQ5vQyB3mT9rXz2nLp7hJkD8eW",
                    "expires_at": "2026-11-22T08:31:00.000Z",
                }
            ]
        }
    )

    url: Annotated[str, Field(description="Of the WebSocket; the ticket is its query: ?ticket=…")]
    ticket: Annotated[str, Field(description="Good for opening one socket")]
    expires_at: Annotated[datetime, Field(description="When it opens nothing any more")]
