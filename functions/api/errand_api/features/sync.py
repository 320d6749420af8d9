"""For clients that keep a copy of what one has."""

from functools import partial
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request, Response
from pydantic.json_schema import SkipJsonSchema

from errand.history.repository import DynamoLog
from errand.sync.replays import Replays
from errand.sync.repository import DynamoRecords
from errand.sync.schemas import SyncPage
from errand.sync.service import SyncService
from errand.tasks.repository import DynamoTasks
from errand_api import providers
from errand_api.batch_schemas import SyncCommands, SyncResults, told
from errand_api.batches import Batch
from errand_api.dependencies import PageLimit, TaskReader, TaskWriter, services_of
from errand_api.features import trash
from errand_api.responses import as_json, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

if TYPE_CHECKING:
    from errand.sync.commits import Commits

TAG = {"name": "sync", "description": "For clients that keep a copy."}

Cursor = Annotated[str | SkipJsonSchema[None], Query(description="Of the answer before")]

router = Router(tags=[TAG["name"]])


def service(services: Services) -> SyncService:
    return SyncService(
        log=DynamoLog(),
        records=DynamoRecords(),
        tasks=DynamoTasks(),
        ring=services.ring,
        clock=services.clock,
        epoch=services.epoch,
    )


def replays(services: Services) -> Replays:
    return Replays(store=services.of(providers.store), clock=services.clock)


def commits(services: Services) -> "Commits":
    from errand.sync.commits import Commits  # noqa: PLC0415 - as its caller

    return Commits(store=services.of(providers.store), clock=services.clock)


@router.get(
    "/sync",
    operation_id="sync",
    summary="Get what has changed since",
    description="Without a cursor: everything, open tasks first. With the cursor of the last "
    "answer: what has changed since, of tasks and what belongs to them and, for a token that may "
    "read it, of the account. Nothing is missed; a change may come twice, and comes about a second "
    "after it was made. 410 `cursor_expired`: the log of a year does not go back to the cursor, "
    "the table was restored, or there is more to tell; begin without a cursor.",
    response_model=Documented(lambda: SyncPage),
    responses=problems(400, 401, 403, 410, 422),
)
async def sync(
    request: Request, caller: TaskReader, limit: PageLimit = 100, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).page, caller=caller, limit=limit, cursor=cursor)
    return as_json(page)


@router.post(
    "/sync",
    operation_id="send_commands",
    summary="Carry out several requests, in their order",
    description="Up to 99, each as if it had come alone, with a status of its own: one that fails "
    "stops none but those that name what it would have made (424). Sent again with its id, a "
    "command is carried out once, and answered as the first time; of a change or deletion no more "
    "than status, ETag and id. What there was no time for is 503: send it again. With "
    "`all_or_nothing` they are one transaction: if one is refused none is carried out, and the "
    "others are 424; 422 `batch_too_large`: they write more than 99 records.",
    response_model=Documented(lambda: SyncResults),
    responses=problems(400, 401, 403, 409, 413, 415, 422),
)
async def send_commands(request: Request, caller: TaskWriter, sent: SyncCommands) -> Response:
    services = services_of(request)
    commands = sent.read()
    batch = Batch(request, caller, services.of(replays), partial(services.of, trash.service))
    if sent.all_or_nothing:
        from errand_api.one_batch import run_as_one  # noqa: PLC0415 - hardly anybody asks

        outcomes = await run_as_one(batch, commands, commits=services.of(commits))
    else:
        outcomes = await batch.run(commands)
    return as_json(told(commands, outcomes))
