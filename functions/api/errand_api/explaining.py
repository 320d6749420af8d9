"""A list with what was read for it, in headers: its body is what it is without."""

from collections.abc import Awaitable

from fastapi import Request, Response

from errand.pages import Page
from errand.storage.metering import watched
from errand.storage.tables import DataItem
from errand.tasks.lists import TaskRange
from errand.tasks.model import Task
from errand.tasks.views import TASK_JSON
from errand_api.responses import listed

# A filter with all of its texts may be longer than what a gateway takes in headers.
_LONGEST = 2000


async def explained(request: Request, reading: Awaitable[tuple[Page[Task], TaskRange]]) -> Response:
    """Of the list alone: who asked was looked up before."""
    connection = DataItem._get_connection().connection  # noqa: SLF001 - as storage.attempts does
    with watched(connection.client) as meter:
        page, of = await reading
    answer = listed(request, page, TASK_JSON)
    answer.headers["X-Query-Plan"] = _field_value(of.explained())
    answer.headers["X-Items-Read"] = str(meter.items)
    answer.headers["X-Consumed-Capacity"] = f"{meter.units:g}"
    return answer


def _field_value(words: str) -> str:
    """Visible ASCII (RFC 9110, section 5.5): others as Python writes them."""
    told = words.encode("ascii", "backslashreplace").decode()
    shown = "".join(one if one.isprintable() else " " for one in told)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}..."
