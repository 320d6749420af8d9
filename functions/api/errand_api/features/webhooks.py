"""Addresses that are told what happens to one's tasks."""

from typing import Annotated

from fastapi import Path, Request, Response

from errand.errors import AnsweredBefore
from errand.schemas import several
from errand.webhooks.repository import DynamoDeliveries, DynamoWebhooks
from errand.webhooks.resending import ResendingService
from errand.webhooks.schemas import (
    DELIVERY_JSON,
    WEBHOOK_JSON,
    DeliveryView,
    NewWebhook,
    SecretRotation,
    WebhookCreate,
    WebhookUpdate,
    WebhookView,
    new_webhook_json,
)
from errand.webhooks.service import WebhookService
from errand_api import providers
from errand_api.dependencies import (
    Cursor,
    EverythingReader,
    FeedOwner,
    IdempotencyKey,
    IfMatch,
    IfNoneMatch,
    PageLimit,
    origin_of,
    precondition,
    receipt_of,
    services_of,
)
from errand_api.media import JSON
from errand_api.responses import (
    ETAG,
    IF_NONE_MATCH,
    LOCATION,
    answer,
    listed,
    made,
    page_of,
    problems,
)
from errand_api.routing import Router
from errand_api.services import Services

TAG = {"name": "webhooks", "description": "Your own programs hear of what happens"}
router = Router(prefix="/webhooks", tags=[TAG["name"]])


def service(services: Services) -> WebhookService:
    return WebhookService(
        webhooks=DynamoWebhooks(),
        store=services.of(providers.store),
        trail=services.of(providers.trail),
        pager=services.of(providers.pager),
        reaches_loopback=services.loopback_webhooks,
        clock=services.clock,
    )


def resending(services: Services) -> ResendingService:
    return ResendingService(
        webhook=services.of(service).read,
        deliveries=DynamoDeliveries(),
        store=services.of(providers.store),
        hints=services.hints(),
        throttle=services.of(providers.throttle),
        pager=services.of(providers.pager),
        clock=services.clock,
    )


WebhookId = Annotated[
    str, Path(description="The webhook's id", examples=["06h08q0rf9qcv4e83s3ndg2tl8"])
]
DeliveryId = Annotated[
    str, Path(description="The delivery's id", examples=["06h08q0rf9qcv4e83s3ndg2tlc"])
]


@router.post(
    "",
    operation_id="create_webhook",
    summary="Create a webhook; this answer alone shows its secret",
    description="Events of your tasks are sent there by POST, signed as Standard Webhooks 1.0.0 "
    "has it, at least once. At most 20. With an Idempotency-Key a request that is sent again "
    "creates nothing new.",
    status_code=201,
    response_model=NewWebhook,
    responses=problems(400, 401, 403, 409, 413, 415, 422)
    | {201: {"description": "The new webhook", "headers": ETAG | LOCATION}},
)
async def create_webhook(
    request: Request,
    caller: FeedOwner,
    new: WebhookCreate,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    services = services_of(request)
    try:
        webhook = await services.run(
            services.of(service).create,
            caller=caller,
            new=new,
            origin=origin_of(request),
            receipt=await receipt_of(request, idempotency_key),
        )
        content = new_webhook_json(webhook, is_told=True)
    except AnsweredBefore as before:
        content = before.answer
    return made(request, content, location="/webhooks/{id}")


@router.get(
    "",
    operation_id="list_webhooks",
    summary="List your webhooks, oldest first",
    description="Without their secrets, which nobody is told again.",
    response_model=several(WebhookView),
    responses=problems(400, 401, 403, 422) | page_of("webhooks"),
)
async def list_webhooks(
    request: Request, caller: EverythingReader, limit: PageLimit = 10, cursor: Cursor = None
) -> Response:
    services = services_of(request)
    page = await services.run(services.of(service).list, caller=caller, limit=limit, cursor=cursor)
    return listed(request, page, WEBHOOK_JSON)


@router.get(
    "/{webhook_id}",
    operation_id="read_webhook",
    summary="Read a webhook",
    description="One webhook with its ETag, which If-Match and If-None-Match take.",
    response_model=WebhookView,
    openapi_extra=IF_NONE_MATCH,
    responses=problems(304, 400, 401, 403, 404)
    | {200: {"description": "The webhook", "headers": ETAG}},
)
async def read_webhook(
    request: Request, caller: EverythingReader, webhook_id: WebhookId
) -> Response:
    services = services_of(request)
    webhook = await services.run(services.of(service).read, caller=caller, webhook_id=webhook_id)
    return answer(request, webhook, WEBHOOK_JSON)


@router.patch(
    "/{webhook_id}",
    operation_id="update_webhook",
    summary="Change the fields sent",
    description="Fields that are not sent stay as they are. To enable one that Errand has disabled "
    "also forgets what went wrong.",
    response_model=WebhookView,
    responses=problems(400, 401, 403, 404, 409, 412, 413, 415, 422)
    | {200: {"description": "The webhook as it is now", "headers": ETAG}},
)
async def update_webhook(
    request: Request,
    caller: FeedOwner,
    webhook_id: WebhookId,
    update: WebhookUpdate,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    services = services_of(request)
    webhook = await services.run(
        services.of(service).update,
        caller=caller,
        webhook_id=webhook_id,
        update=update,
        origin=origin_of(request),
        expected=precondition(if_match, if_none_match),
    )
    return answer(request, webhook, WEBHOOK_JSON)


@router.delete(
    "/{webhook_id}",
    operation_id="delete_webhook",
    summary="Delete a webhook",
    description="Nothing more is sent, not even what waits to be tried again.",
    status_code=204,
    response_class=Response,
    responses=problems(400, 401, 403, 404, 409, 412, 422),
)
async def delete_webhook(
    request: Request,
    caller: FeedOwner,
    webhook_id: WebhookId,
    if_match: IfMatch = None,
    if_none_match: IfNoneMatch = None,
) -> None:
    services = services_of(request)
    await services.run(
        services.of(service).delete,
        caller=caller,
        webhook_id=webhook_id,
        origin=origin_of(request),
        expected=precondition(if_match, if_none_match),
    )


@router.post(
    "/{webhook_id}/secret",
    operation_id="rotate_webhook_secret",
    summary="Have a new secret; this answer alone shows it",
    description="For a time both secrets sign, each with a signature of its own, so that a "
    "receiver can change over when it likes.",
    response_model=NewWebhook,
    responses=problems(400, 401, 403, 404, 409, 413, 415, 422)
    | {200: {"description": "The webhook with its new secret", "headers": ETAG}},
)
async def rotate_secret(
    request: Request, caller: FeedOwner, webhook_id: WebhookId, rotation: SecretRotation
) -> Response:
    services = services_of(request)
    webhook = await services.run(
        services.of(service).rotate,
        caller=caller,
        webhook_id=webhook_id,
        overlap=rotation.overlap_hours,
        origin=origin_of(request),
    )
    content = new_webhook_json(webhook, is_told=True)
    return Response(content, headers={"ETag": f'"{webhook.version}"'}, media_type=JSON)


@router.post(
    "/{webhook_id}/test",
    operation_id="test_webhook",
    summary="Send a test",
    description="An event `webhook.test`, whichever events the webhook is for. How it goes is "
    "told by its deliveries.",
    status_code=202,
    response_model=DeliveryView,
    responses=problems(400, 401, 403, 404, 422, 429)
    | {202: {"description": "The delivery that is on its way"}},
)
async def test_webhook(request: Request, caller: FeedOwner, webhook_id: WebhookId) -> Response:
    services = services_of(request)
    delivery = await services.run(services.of(resending).test, caller=caller, webhook_id=webhook_id)
    return Response(DELIVERY_JSON.one(delivery), status_code=202, media_type=JSON)


@router.get(
    "/{webhook_id}/deliveries",
    operation_id="list_deliveries",
    summary="List what a webhook was sent in the last 30 days, newest first",
    description="Each with how it went, and the beginning of request and answer.",
    response_model=several(DeliveryView),
    responses=problems(400, 401, 403, 404, 422) | page_of("deliveries"),
)
async def list_deliveries(
    request: Request,
    caller: EverythingReader,
    webhook_id: WebhookId,
    limit: PageLimit = 10,
    cursor: Cursor = None,
) -> Response:
    services = services_of(request)
    page = await services.run(
        services.of(resending).list,
        caller=caller,
        webhook_id=webhook_id,
        limit=limit,
        cursor=cursor,
    )
    return listed(request, page, DELIVERY_JSON)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    operation_id="redeliver",
    summary="Send a delivery once more",
    description="The same body with the same `webhook-id`, at once, and tried for as long as a "
    "new one.",
    status_code=202,
    response_model=DeliveryView,
    responses=problems(400, 401, 403, 404, 422, 429)
    | {202: {"description": "The delivery, which is on its way again"}},
)
async def redeliver(
    request: Request, caller: FeedOwner, webhook_id: WebhookId, delivery_id: DeliveryId
) -> Response:
    services = services_of(request)
    delivery = await services.run(
        services.of(resending).redeliver,
        caller=caller,
        webhook_id=webhook_id,
        delivery_id=delivery_id,
    )
    return Response(DELIVERY_JSON.one(delivery), status_code=202, media_type=JSON)
