"""Changes by commands that tell what they began with."""

import json
from collections.abc import Awaitable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol

from errand.comments.schemas import CommentUpdate
from errand.errors import Contended
from errand.identity.caller import Caller
from errand.labels.schemas import LabelUpdate
from errand.preconditions import Precondition
from errand.projects.schemas import ProjectUpdate
from errand.saved_filters.schemas import FilterUpdate
from errand.schemas import Draft, typed
from errand.sections.schemas import SectionUpdate
from errand.storage.unit import ATTEMPTS, pause_before
from errand.tasks.merges import MergeService, Told
from errand.tasks.model import Task
from errand_api.batches import Command, Merge, Outcome, refused
from errand_api.features import comments, tasks
from errand_api.services import Services

# By the last part of a path that is no id.
_SHAPES: Mapping[str, type[Draft]] = {
    "comments": CommentUpdate,
    "filters": FilterUpdate,
    "labels": LabelUpdate,
    "projects": ProjectUpdate,
    "sections": SectionUpdate,
}


class Ask(Protocol):
    def __call__(self, command: Command, *, content: bytes) -> Awaitable[Outcome]: ...


def service(services: Services) -> MergeService:
    return MergeService(
        tasks=services.of(tasks.service),
        comments=partial(services.of, comments.service),
    )


async def merged(
    services: Services,
    merge: Merge,
    caller: Caller,
    task_id: str,
    update: Draft,
    expected: Precondition,
) -> Task:
    """The task as it is then; `merge` is told of conflicts."""
    task, told = await services.run(
        services.of(service).update,
        caller=caller,
        task_id=task_id,
        update=update,
        was=merge.was,
        expected=expected,
    )
    merge.conflicts = told
    return task


async def asked(
    services: Services, ask: Ask, command: Command, content: bytes, merge: Merge
) -> Outcome:
    """The answer to a change of anything else; `merge` is told of conflicts.

    It is read first, and changed if it still is what was read: so nobody needs to know its kind.
    """
    if command.if_match not in {None, "*"}:
        # Whoever names the version has seen what it replaces.
        return await ask(command, content=content)
    for attempt in range(ATTEMPTS):
        if attempt:
            await services.run(pause_before, attempt=attempt)
        found = await ask(replace(command, method="GET", if_match=None), content=b"")
        if not found.is_done:
            return found
        outcome = await ask(replace(command, if_match=found.etag), content=content)
        if outcome.is_done:
            merge.conflicts = [*_conflicts(command, found.body, content, merge.was)]
        if outcome.status != HTTPStatus.PRECONDITION_FAILED:
            return outcome
    return refused(command, HTTPStatus.CONFLICT, Contended().detail, code=Contended.code)


def _conflicts(
    command: Command, present: Mapping[str, Any], content: bytes, was: Mapping[str, Any]
) -> Iterator[Told]:
    """Of fields that nobody knew as they are; all of them are as JSON has them."""
    shape = _SHAPES[command.path.split("/")[-2]]
    before, after = typed(shape, was), typed(shape, json.loads(content))
    for name in after:
        if name in before and present[name] not in (before[name], after[name]):
            yield Told(name, present[name], None)
