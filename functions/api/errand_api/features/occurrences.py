"""Occurrences of one's tasks: those that are done, and those to come."""

from typing import Annotated, Any

from fastapi import Body, Path, Query, Request, Response

from errand.errors import AnsweredBefore
from errand.inputs import Digits
from errand.schemas import several
from errand.tasks.occurrence_schemas import (
    COMPLETION_JSON,
    ComingOccurrence,
    Completed,
    OccurrenceMove,
    completion_view,
    told,
)
from errand.tasks.occurrences import OccurrenceService
from errand.tasks.repository import DynamoTasks
from errand.tasks.views import TASK_JSON, task_view
from errand_api import providers
from errand_api.dependencies import (
    Cursor,
    IdempotencyKey,
    IfMatch,
    PageLimit,
    TaskReader,
    TaskWriter,
    precondition,
    receipt_of,
    services_of,
)
from errand_api.features import tasks
from errand_api.features.tasks import TAG, TaskId
from errand_api.responses import ETAG, again, answer, as_json, listed, page_of, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

router = Router(prefix="/tasks", tags=[TAG["name"]])
_NOW: dict[int | str, dict[str, Any]] = {
    200: {"description": "The task as it is now", "headers": ETAG}
}


def service(services: Services) -> OccurrenceService:
    return OccurrenceService(
        tasks=DynamoTasks(),
        placing=services.of(tasks.placing),
        room=services.of(providers.room),
        store=services.of(providers.store),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


@router.post(
    "/{task_id}/complete",
    operation_id="complete_task",
    summary="Complete a task, or its present occurrence",
    description="A task that recurs is due anew, and this occurrence is kept among its "
    "completions. Send an Idempotency-Key, or `occurrence`: to complete it twice completes two "
    "occurrences.",
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422) | _NOW,
)
async def complete_task(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    done: Annotated[Completed, Body(default_factory=Completed)],
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Response:
    services = services_of(request)
    try:
        task = await services.run(
            services.of(service).complete,
            caller=caller,
            task_id=task_id,
            at=done.completed_at,
            occurrence=done.occurrence,
            for_ever=done.for_ever,
            expected=precondition(if_match, None),
            receipt=await receipt_of(request, idempotency_key),
        )
    except AnsweredBefore as before:
        return again(before.answer)
    return answer(request, task, TASK_JSON)


@router.post(
    "/{task_id}/skip",
    operation_id="skip_occurrence",
    summary="Leave out the present occurrence",
    description="The task is due when its recurrence has it due next; nothing counts as completed.",
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422) | _NOW,
)
async def skip_occurrence(
    request: Request, caller: TaskWriter, task_id: TaskId, if_match: IfMatch = None
) -> Response:
    services = services_of(request)
    task = await services.run(
        services.of(service).skip,
        caller=caller,
        task_id=task_id,
        expected=precondition(if_match, None),
    )
    return answer(request, task, TASK_JSON)


@router.get(
    "/{task_id}/occurrences",
    operation_id="list_occurrences",
    summary="List occurrences to come",
    description="From the present one on; if the next is counted from its completion, no other.",
    response_model=Documented(lambda: list[ComingOccurrence]),
    responses=problems(400, 401, 403, 404, 422),
)
async def list_occurrences(
    request: Request,
    caller: TaskReader,
    task_id: TaskId,
    limit: Annotated[int, Query(ge=1, le=50, description="How many"), Digits] = 10,
) -> Response:
    services = services_of(request)
    found = await services.run(
        services.of(service).to_come, caller=caller, task_id=task_id, limit=limit
    )
    return as_json(told(found))


@router.patch(
    "/{task_id}/occurrences",
    operation_id="move_occurrence",
    summary="Move one occurrence, or leave it out",
    description="The present one or one to come; the rule stays as it is.",
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422) | _NOW,
)
async def move_occurrence(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    move: OccurrenceMove,
    if_match: IfMatch = None,
) -> Response:
    services = services_of(request)
    task = await services.run(
        services.of(service).move,
        caller=caller,
        task_id=task_id,
        occurrence=move.occurrence,
        due=move.due,
        expected=precondition(if_match, None),
    )
    return answer(request, task, TASK_JSON)


@router.get(
    "/{task_id}/completions",
    operation_id="list_completions",
    summary="List completed occurrences, latest first",
    description="Each is the task as it was then.",
    response_model=Documented(lambda: several(completion_view())),
    responses=problems(400, 401, 403, 404, 422) | page_of("completions"),
)
async def list_completions(
    request: Request,
    caller: TaskReader,
    task_id: TaskId,
    limit: PageLimit = 10,
    cursor: Cursor = None,
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(service).completions,
        caller=caller,
        task_id=task_id,
        limit=limit,
        cursor=cursor,
    )
    return listed(request, page, COMPLETION_JSON)


@router.delete(
    "/{task_id}/completions/{completion_id}",
    operation_id="undo_completion",
    summary="Undo the latest completion",
    description="The task is due as it was before; what else has changed since stays.",
    response_model=Documented(task_view),
    responses=problems(400, 401, 403, 404, 409) | _NOW,
)
async def undo_completion(
    request: Request,
    caller: TaskWriter,
    task_id: TaskId,
    completion_id: Annotated[
        str, Path(description="The completion's id", examples=["06h08q0rf9qcv4e83s3ndg2tl9"])
    ],
) -> Response:
    services = services_of(request)
    task = await services.run(
        services.of(service).undo, caller=caller, task_id=task_id, completion_id=completion_id
    )
    return answer(request, task, TASK_JSON)
