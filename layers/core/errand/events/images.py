"""Stored items as DynamoDB streams carry them, `{"t": {"S": "Water the plants"}}`, made public.

Every reader raises MalformedRecord, which names the field and never its value.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from errand.errors import ErrandError
from errand.events.schema import TaskView, UserView

type Image = Mapping[str, object]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class MalformedRecord(ErrandError):
    """Not something our tables or rules produce: trying again will not help."""

    code = "malformed_record"


def member[T](container: object, name: str, kind: type[T]) -> T:
    value = container.get(name) if isinstance(container, Mapping) else None
    if not isinstance(value, kind):
        raise MalformedRecord(f"{name} is missing or not of type {kind.__name__}")
    return value


def text(image: Image, name: str) -> str:
    return member(member(image, name, dict), "S", str)


def instant(milliseconds: float, *, precision: str = "milliseconds") -> str:
    """ISO 8601 in UTC; raises OverflowError, or ValueError for what is not a number."""
    moment = _EPOCH + timedelta(milliseconds=milliseconds)
    return moment.isoformat(timespec=precision).replace("+00:00", "Z")


def task_view(image: Image, task_id: str) -> TaskView:
    completed_at = _instant(image, "cd") if "cd" in image else None
    return {
        "id": task_id,
        "title": text(image, "t"),
        "description": _optional_text(image, "d"),
        "due_date": _optional_text(image, "du"),
        "links": _texts(image, "l"),
        "completed": completed_at is not None,
        "completed_at": completed_at,
        "created_at": _instant(image, "ca"),
        "updated_at": _instant(image, "ua"),
        "version": _number(image, "v"),
    }


def user_view(image: Image, user_id: str) -> UserView:
    return {"id": user_id, "created_at": _instant(image, "ca")}


def _optional_text(image: Image, name: str) -> str | None:
    return text(image, name) if name in image else None


def _texts(image: Image, name: str) -> list[str]:
    if name not in image:
        return []
    return [member(item, "S", str) for item in member(member(image, name, dict), "L", list)]


def _number(image: Image, name: str) -> int:
    digits = member(member(image, name, dict), "N", str)
    try:
        return int(digits)
    except ValueError:
        raise MalformedRecord(f"{name} is not a whole number") from None


def _instant(image: Image, name: str) -> str:
    try:
        return instant(_number(image, name))
    except OverflowError:
        raise MalformedRecord(f"{name} is not a time") from None
