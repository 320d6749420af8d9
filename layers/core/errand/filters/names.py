"""Names of projects, sections and labels -> their ids."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from errand.filters.grammar import And, Filter, InvalidFilter, Kind, Named, Not, Or
from errand.filters.near import near

# The id of the project that always exists.
INBOX = "inbox"
_SHOWN = 40


class Names(Protocol):
    """Names of an account, compared as whoever keeps them does."""

    def project_id(self, name: str) -> str | None: ...

    def label_id(self, name: str) -> str | None: ...

    def section_ids(self, name: str) -> Sequence[str]:
        """Each project may have a section of that name."""

    def known(self, kind: Kind) -> Iterable[str]:
        """All names, asked for only when one is not known."""

    def ids(self, kind: Kind) -> Iterable[str]:
        """All ids: tasks keep those of what is deleted, which are none."""


def resolve(found: Filter, names: Names) -> Filter:
    """The same with the ids of all names in it. Raises InvalidFilter for one that is not known."""
    match found:
        case And(parts):
            return And(tuple(resolve(part, names) for part in parts))
        case Or(parts):
            return Or(tuple(resolve(part, names) for part in parts))
        case Not(part):
            return Not(resolve(part, names))
        case Named():
            return replace(found, ids=_ids(found, names))
        case _:
            return found


def _ids(named: Named, names: Names) -> tuple[str, ...]:
    if named.name is None:
        return (INBOX,) if named.kind == "project" else tuple(names.ids(named.kind))
    if named.kind == "section":
        ids = tuple(names.section_ids(named.name))
    else:
        found = names.project_id if named.kind == "project" else names.label_id
        one = found(named.name)
        ids = () if one is None else (one,)
    if not ids:
        raise InvalidFilter(named.position, _unknown(named.kind, named.name, names))
    return ids


def _unknown(kind: Kind, name: str, names: Names) -> str:
    shown = name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…"
    meant = near(name, names.known(kind))
    asked = f"; did you mean {Named(kind, meant)}?" if meant else ""
    return f"there is no {kind} {Named(kind, shown)}{asked}"
