"""What the API takes and gives for webhooks, made of their table of fields."""

import json
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from errand.inputs import Whole, bare
from errand.projects.model import PROJECT_PATTERN
from errand.records import show
from errand.schemas import Draft, change, creation, sent, view
from errand.tasks.schemas import Link
from errand.text import ONE_LINE, OneLine, OrAbsent, Trimmed
from errand.views import JsonView
from errand.webhooks.delivery import Delivery
from errand.webhooks.model import (
    NAME_MAX,
    OVERLAP_DEFAULT,
    OVERLAP_MAX,
    Subscribed,
    Webhook,
)
from errand.webhooks.signing import told

EVENTS_MAX = len(Subscribed)


def _named_once(events: list[Subscribed]) -> tuple[str, ...]:
    return tuple(sorted(set(map(str, events))))


_EXAMPLE: dict[str, Any] = {
    "name": "Chat",
    "url": "https://hooks.example.com/errand",
    "events": ["task.completed", "task.created"],
    "project_id": None,
    "in_order": False,
}
_ANSWER: dict[str, Any] = {
    "id": "06h08q0rf9qcv4e83s3ndg2tl8",
    **_EXAMPLE,
    "enabled": True,
    "disabled_reason": None,
    "failing_since": None,
    "previous_secret_until": None,
    "created_at": "2026-11-22T08:30:00.123Z",
    "updated_at": "2026-11-22T08:30:00.123Z",
    "version": 1,
}
RULES: dict[str, Any] = {
    "name": Annotated[str, Field(max_length=NAME_MAX), Trimmed, OneLine, OrAbsent, ONE_LINE],
    "url": Annotated[Link, AfterValidator(bare)],
    "events": Annotated[
        list[Subscribed], Field(max_length=EVENTS_MAX), AfterValidator(_named_once)
    ],
    "project_id": Annotated[str, Field(pattern=PROJECT_PATTERN)],
    "in_order": StrictBool,
    "enabled": StrictBool,
}

if TYPE_CHECKING:
    WebhookCreate = Draft
    WebhookUpdate = Draft
else:
    WebhookCreate = creation(
        Webhook, RULES, name="WebhookCreate", example=_EXAMPLE, meaning="A new webhook."
    )
    WebhookUpdate = change(
        Webhook,
        RULES,
        name="WebhookUpdate",
        example={"events": ["task.completed"]},
        meaning="Only the fields sent change. What the server sets is taken and ignored.",
    )


class SecretRotation(BaseModel):
    """How long both secrets sign."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=sent({"overlap_hours": 24}))

    overlap_hours: Annotated[
        int,
        Field(
            ge=0,
            le=OVERLAP_MAX,
            description="How long the present secret signs beside the new one; 0: it has leaked",
        ),
        Whole,
    ] = OVERLAP_DEFAULT


_SECRET = Annotated[
    str | None,
    Field(
        description="What signatures are checked with. Null where an Idempotency-Key comes again: "
        "it is told once"
    ),
]
WebhookView = view(Webhook, name="Webhook", example=_ANSWER, meaning="A webhook, no secret.")
NewWebhook = view(
    Webhook,
    name="NewWebhook",
    meaning="The only answer with the secret itself.",
    example=_ANSWER | {"secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD3cMnHrDYRzM="},
    more={"secret": _SECRET},
)
DeliveryView = view(
    Delivery,
    name="WebhookDelivery",
    meaning="One event on its way to one webhook.",
    example={
        "id": "06h08q0rf9qcv4e83s3ndg2tlc",
        "webhook_id": "06h08q0rf9qcv4e83s3ndg2tl8",
        "event_id": "9e58d01912745ce7965960e1114ff7b6",
        "event_type": "task.created",
        "status": "delivered",
        "attempts": 1,
        "created_at": "2026-11-22T08:30:00.123Z",
        "last_attempt_at": "2026-11-22T08:30:00.345Z",
        "next_attempt_at": None,
        "latency_ms": 87,
        "response_status": 204,
        "response": "",
        "error": None,
        "request": '{"type":"task.created", …}',
        "expires_at": "2026-12-22T08:30:00.000Z",
    },
)
WEBHOOK_JSON = JsonView(Webhook)
DELIVERY_JSON = JsonView(Delivery)


def new_webhook_json(webhook: Webhook, *, is_told: bool) -> str:
    """`is_told`: with its secret, unlike what is kept for a repetition of the request."""
    secret = told(webhook.secret) if is_told else None
    return json.dumps(
        {**show(webhook), "secret": secret}, ensure_ascii=False, separators=(",", ":")
    )
