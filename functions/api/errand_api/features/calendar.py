"""Addresses at which calendar programs read one's tasks."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.calendar.reading import FeedReader
from errand.calendar.repository import DynamoFeeds
from errand.calendar.schemas import FEEDS_JSON, FeedCreate, FeedView, NewFeed, new_feed_json
from errand.calendar.service import FeedService
from errand.errors import AnsweredBefore
from errand.schemas import several
from errand.tasks.repository import DynamoTasks
from errand_api import providers
from errand_api.dependencies import (
    AccountOwner,
    AccountReader,
    FeedOwner,
    IdempotencyKey,
    origin_of,
    receipt_of,
    services_of,
)
from errand_api.media import CALENDAR, JSON
from errand_api.responses import ETAG, IF_NONE_MATCH, address, called, known_as, problems
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "calendar", "description": "Your tasks in calendar programs"}
router = Router(prefix="/calendar", tags=[TAG["name"]])
# Its reader's own, to be asked about each time.
_KEPT = {"Cache-Control": "private, no-cache"}


class CalendarResponse(Response):
    media_type = CALENDAR


def service(services: Services) -> FeedService:
    return FeedService(
        accounts=services.of(providers.accounts),
        feeds=DynamoFeeds(),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        reauthentication=services.of(providers.reauthentication),
        clock=services.clock,
    )


def reader(services: Services) -> FeedReader:
    return FeedReader(
        feeds=DynamoFeeds(),
        tasks=DynamoTasks(),
        store=services.of(providers.store),
        clock=services.clock,
    )


@router.post(
    "/feeds",
    operation_id="create_feed",
    summary="Make a feed; this answer alone shows its address",
    description="Who has the address reads your open tasks, and nothing else, until you revoke the "
    "feed. At most 10; asks for the present password.",
    status_code=201,
    response_model=NewFeed,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 429),
)
async def create_feed(
    request: Request,
    caller: FeedOwner,
    new: FeedCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    try:
        feed, token = await services.run(
            services.of(service).create,
            caller=caller,
            new=new,
            origin=origin_of(request),
            receipt=await receipt_of(request, idempotency_key),
        )
        path = f"/calendar/{token}.ics"
        here = called(request)
        content = new_feed_json(feed, f"{here}{path}" if here else address(request, path))
    except AnsweredBefore as before:
        content = before.answer
    return Response(content, status_code=201, media_type=JSON)


@router.get(
    "/feeds",
    operation_id="list_feeds",
    summary="List your feeds, newest first",
    description="Without their addresses, which are kept nowhere.",
    response_model=several(FeedView),
    responses=problems(400, 401, 403),
)
async def list_feeds(request: Request, caller: AccountReader) -> Response:
    services = services_of(request)
    feeds = await services.run(services.of(service).list, caller=caller)
    return Response(FEEDS_JSON.many(feeds), media_type=JSON)


@router.delete(
    "/feeds/{feed_id}",
    operation_id="delete_feed",
    summary="Revoke a feed",
    description="Its address leads nowhere from now on.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
)
async def delete_feed(
    request: Request,
    caller: AccountOwner,
    feed_id: Annotated[
        str, Path(description="The feed's id", examples=["06h08q0rf9qcv4e83s3ndg2tl4"])
    ],
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).revoke, caller=caller, feed_id=feed_id, origin=origin_of(request)
    )


@router.get(
    "/{token}.ics",
    operation_id="read_calendar",
    summary="Read a feed, as calendar programs do",
    description="Open tasks as iCalendar (RFC 5545): a VTODO of each, a VEVENT of those with a "
    "time. No token but the one in the address.",
    response_class=CalendarResponse,
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 404) | {200: {"description": "The calendar", "headers": ETAG}},
)
async def read_calendar(
    request: Request,
    token: Annotated[str, Path(description="The secret of the feed's address")],
) -> Response:
    services = services_of(request)
    tag, text = await services.run(
        services.of(reader).read,
        token=token,
        is_known=lambda tag: known_as(request, tag) is not None,
    )
    if text is None:
        return Response(status_code=304, headers={"ETag": known_as(request, tag) or "", **_KEPT})
    return CalendarResponse(text, headers={"ETag": f'"{tag}"', **_KEPT})
