"""Browsers in which reminders are shown."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.errors import SessionRequired
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.sessions.repository import DynamoSessions
from errand.push.repository import DynamoSubscriptions
from errand.push.schemas import (
    SUBSCRIPTIONS_JSON,
    PushKey,
    PushSubscriptionCreate,
    PushSubscriptionView,
)
from errand.push.service import SubscriptionService
from errand.realtime.holders import Holders
from errand.schemas import several
from errand_api import providers
from errand_api.dependencies import EverythingReader, FeedOwner, origin_of, services_of
from errand_api.media import JSON
from errand_api.responses import as_json, problems
from errand_api.routing import Documented, Router
from errand_api.services import Services

TAG = {"name": "push", "description": "Browsers show your reminders"}
router = Router(prefix="/push", tags=[TAG["name"]])


def service(services: Services) -> SubscriptionService:
    holders = Holders(sessions=DynamoSessions(), tokens=DynamoTokens(), clock=services.clock)
    return SubscriptionService(
        subscriptions=DynamoSubscriptions(),
        holders=holders,
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        asking=services.asking,
        reaches_loopback=services.loopback_webhooks,
        clock=services.clock,
    )


SubscriptionId = Annotated[
    str, Path(description="The subscription's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]


@router.get(
    "/key",
    operation_id="read_push_key",
    summary="Read the key that browsers are subscribed with",
    description="`applicationServerKey` of `PushManager.subscribe()`; always the same. 501 "
    "`push_not_configured`: this deployment sends nothing to browsers. 503 `push_key_not_ready`: "
    "you are the first who asks, it is there in some seconds.",
    response_model=Documented(lambda: PushKey),
    responses=problems(400, 401, 403, 501, 503),
)
async def read_push_key(request: Request, caller: EverythingReader) -> Response:
    del caller
    services = services_of(request)
    return as_json({"public_key": await services.run(services.of(service).public_key)})


@router.post(
    "/subscriptions",
    operation_id="register_push_subscription",
    summary="Have a browser show your reminders",
    description="What `PushSubscription.toJSON()` makes, as it is. To be sent at each start of a "
    "client: 201 for a new one, 200 for one that is known, which is replaced. It ends with the "
    "session that registers it, and when somebody else registers the same browser. At most 20.",
    status_code=201,
    response_model=PushSubscriptionView,
    responses=problems(400, 401, 403, 409, 413, 415, 422, 501)
    | {
        200: {"description": "The browser is known", "model": PushSubscriptionView},
        201: {"description": "The new subscription"},
    },
)
async def register_push_subscription(
    request: Request, caller: FeedOwner, new: PushSubscriptionCreate
) -> Response:
    if caller.session_id is None:
        raise SessionRequired
    services = services_of(request)
    subscription, is_new = await services.run(
        services.of(service).register,
        caller=caller,
        said=new.registration(),
        session_id=caller.session_id,
        origin=origin_of(request),
    )
    content = SUBSCRIPTIONS_JSON.one(subscription)
    return Response(content, status_code=201 if is_new else 200, media_type=JSON)


@router.get(
    "/subscriptions",
    operation_id="list_push_subscriptions",
    summary="List the browsers that show your reminders, newest first",
    description="Without their addresses and keys, which nobody is told.",
    response_model=several(PushSubscriptionView),
    responses=problems(400, 401, 403),
)
async def list_push_subscriptions(request: Request, caller: EverythingReader) -> Response:
    services = services_of(request)
    found = await services.run(services.of(service).list, caller=caller)
    return Response(SUBSCRIPTIONS_JSON.many(found), media_type=JSON)


@router.delete(
    "/subscriptions/{subscription_id}",
    operation_id="delete_push_subscription",
    summary="Have a browser show your reminders no more",
    description="To be sent before a client unsubscribes the browser.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404),
)
async def delete_push_subscription(
    request: Request, caller: FeedOwner, subscription_id: SubscriptionId
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        subscription_id=subscription_id,
        origin=origin_of(request),
    )
