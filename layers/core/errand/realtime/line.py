"""API Gateway's end of a socket: what is sent to it, and how it is closed.

https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-how-to-call-websocket-api-connections.html
"""

from typing import Any, Protocol

from botocore.exceptions import ClientError

from errand.aws import reason

_GONE = "GoneException"


class Gone(Exception):
    """The connection is closed, or is not open yet."""


class ManagementClient(Protocol):
    def post_to_connection(self, *, ConnectionId: str, Data: bytes) -> Any: ...  # noqa: N803 - botocore's names
    def delete_connection(self, *, ConnectionId: str) -> Any: ...  # noqa: N803 - as above


class Line:
    """Raises what botocore does, and Gone."""

    def __init__(self, client: ManagementClient) -> None:
        self._client = client

    def send(self, socket_id: str, text: str) -> None:
        try:
            self._client.post_to_connection(ConnectionId=socket_id, Data=text.encode())
        except ClientError as error:
            raise _understood(error) from None

    def close(self, socket_id: str) -> None:
        """Also one that is closed."""
        try:
            self._client.delete_connection(ConnectionId=socket_id)
        except ClientError as error:
            if reason(error) != _GONE:
                raise


def _understood(error: ClientError) -> Exception:
    return Gone() if reason(error) == _GONE else error
