"""Changes of tasks by commands that tell what they began with."""

from functools import partial

from errand.identity.caller import Caller
from errand.preconditions import Precondition
from errand.schemas import Draft
from errand.tasks.merges import MergeService
from errand.tasks.model import Task
from errand_api.batches import Merge
from errand_api.features import comments, tasks
from errand_api.services import Services


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
