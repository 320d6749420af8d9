"""Whether a project, or a section of one, has open tasks: only without them it may go."""

from typing import Any

from errand.cursors import Position
from errand.storage.kinds import collection
from errand.storage.mapper import Mapper
from errand.storage.ranges import BY_POSITION, KeyRange, read
from errand.tasks.model import neighbours, parts_in

# Looked at at once for one that is in the section.
_PARTS = 500


def has_open(items: Mapper[Any], *, user_id: str, project_id: str, section_id: str | None) -> bool:
    def stand(prefix: str) -> KeyRange:
        return KeyRange(
            model=items.model, partition=collection(user_id), prefix=prefix, index=BY_POSITION
        )

    place = stand(neighbours(project_id, section_id, None))
    if read(place, after=None, limit=1).items:
        return True
    if section_id is None:
        return False
    # An open part of a task that is done is in its section, too, and its key does not say so.
    parts = stand(parts_in(project_id))
    after: Position | None = None
    while True:
        found = read(parts, after=after, limit=_PARTS)
        if any(one.section_id == section_id for one in items.all(found.items)):
            return True
        after = found.reached
        if after is None:
            return False
