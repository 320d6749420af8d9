"""What fields of a task mean for each other, decided before they are changed."""

from collections.abc import Mapping
from typing import Any

from errand import zones
from errand.codecs import Instant
from errand.errors import InvalidInput
from errand.tasks.due import Due
from errand.tasks.recurrence import Series

LINKS_BYTES_MAX = 8 * 1024
TEXT_BYTES_MAX = 15 * 1024

# Field name to new value, for the fields that change; None makes one absent.
type Changes = Mapping[str, Any]

# What an occurrence that is completed or skipped changes.
OF_SERIES = ("due", "recurrence", "occurrence", "series_start", "moved_occurrences")


def of_series(series: Series) -> dict[str, Any]:
    return {
        "due": series.due,
        "recurrence": series.recurrence,
        "occurrence": series.occurrence,
        "series_start": series.start,
        "moved_occurrences": series.moved,
    }


def set_series(content: dict[str, Any], present: Any, *, now: Instant, here: str) -> None:
    """A rule that is new begins with when the task is due; without either there is none."""
    recurrence = content.get("recurrence")
    if recurrence is not None and (present is None or recurrence != present.recurrence):
        due = content.get("due", present and present.due)
        zone = zones.zone((due and due.zone) or here)
        today = zones.today(now, here)
        content.update(of_series(Series.begun(recurrence, due, today=today, zone=zone)))
    elif ("recurrence" in content and recurrence is None) or content.get("due", True) is None:
        content.update(recurrence=None, occurrence=None, series_start=None, moved_occurrences=())


def set_due(content: dict[str, Any], *, present: Due | None) -> None:
    """`due_date` is the short form of `due`, and where they differ the one that is new counts.

    Who sends a task as it was read changes one of them, and knows nothing of the other.
    """
    if "due_date" not in content:
        return
    day = content.pop("due_date")
    if "due" in content:
        due = content["due"]
        is_same = (due.day if due else None) == day
        if is_same or day == (present.day if present else None):
            return
        if due != present:
            raise InvalidInput("due and due_date are different days: send one of them")
    if present is None or present.day != day:
        content["due"] = Due(day) if day else None


# What may be long, and the most that each takes.
TEXTS = {"description": TEXT_BYTES_MAX, "links": LINKS_BYTES_MAX}


def fits(changes: Changes) -> bool:
    if not changes.keys() & TEXTS.keys():
        return True
    sizes = (_bytes(changes[name]) if name in changes else most for name, most in TEXTS.items())
    return sum(sizes) <= TEXT_BYTES_MAX


def check_text(content: Changes) -> None:
    size = sum(_bytes(content.get(name)) for name in TEXTS)
    if size > TEXT_BYTES_MAX:
        raise InvalidInput(
            f"Description and links of a task take at most {TEXT_BYTES_MAX} bytes together, "
            f"these take {size}"
        )


def _bytes(value: str | tuple[str, ...] | None) -> int:
    return len("".join(value or ()).encode())


# What decides about places in views, or about each other: such changes need the whole task.
_DECIDING = frozenset(
    {
        "due",
        "due_date",
        "recurrence",
        "project_id",
        "section_id",
        "parent_id",
        "priority",
        "labels",
        "completed",
    }
)


def is_blind(changes: Changes) -> bool:
    """Whether a task can have these whatever else it has; else it has to be looked at first."""
    return not changes.keys() & _DECIDING and fits(changes)
