"""A queue as whoever puts messages on it sees it."""

from typing import Any


class FakeSqs:
    """`failed`: entries of each batch that are not taken; `error`: of each single message."""

    def __init__(self, *, failed: int = 0, error: Exception | None = None) -> None:
        self.sent: list[dict[str, Any]] = []
        self._failed = failed
        self._error = error

    def send_message(self, **request: Any) -> dict[str, Any]:
        if self._error:
            raise self._error
        self.sent.append(request)
        return {}

    def send_message_batch(self, **request: Any) -> dict[str, Any]:
        self.sent.append(request)
        return {"Failed": [{"Id": "0"}] * self._failed}
