"""What the API takes and gives for browsers that show reminders.

What is taken is what `PushSubscription.toJSON()` makes: https://www.w3.org/TR/push-api/
"""

from base64 import urlsafe_b64decode
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictFloat

from errand.inputs import bare
from errand.push.model import Registration, Subscription
from errand.push.points import is_point
from errand.refusals import refused
from errand.schemas import sent, view
from errand.tasks.schemas import Link
from errand.views import JsonView

AUTH_BYTES = 16
# Of 65 bytes in base64url, with padding; nothing that is taken is longer.
_KEY_MAX = 88
_ENCODED = r"^[A-Za-z0-9_-]*={0,2}$"
# The end of Python's time, in milliseconds.
_LAST_MS = 253_402_300_799_000


def _decoded(text: str) -> bytes:
    bare_text = text.rstrip("=")
    return urlsafe_b64decode(bare_text + "=" * (-len(bare_text) % 4))


def _of(check: Callable[[bytes], bool], words: str) -> AfterValidator:
    def decoded(text: str) -> bytes:
        try:
            content = _decoded(text)
        except ValueError:
            content = b""
        if not check(content):
            raise refused("key", words)
        return content

    return AfterValidator(decoded)


_Encoded = Annotated[str, Field(max_length=_KEY_MAX, pattern=_ENCODED)]
P256dh = Annotated[
    _Encoded, _of(is_point, "must be an uncompressed point of P-256, 65 bytes in base64url")
]
Auth = Annotated[
    _Encoded, _of(lambda content: len(content) == AUTH_BYTES, "must be 16 bytes in base64url")
]

_KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6"
    "SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}


class BrowserKeys(BaseModel):
    """What its messages are encrypted with, so that its push service cannot read them."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=sent(_KEYS))

    p256dh: Annotated[P256dh, Field(description="A point of P-256, in base64url")]
    auth: Annotated[Auth, Field(description="16 bytes, in base64url")]


class PushSubscriptionCreate(BaseModel):
    """As `PushSubscription.toJSON()` makes it."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=sent(
            {
                "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABo",
                "expirationTime": None,
                "keys": _KEYS,
            }
        ),
    )

    endpoint: Annotated[
        Link,
        AfterValidator(bare),
        Field(description="Where its push service takes messages: https, to a public address"),
    ]
    expirationTime: Annotated[  # noqa: N815 - as browsers call it
        StrictFloat | None,
        Field(ge=0, le=_LAST_MS, description="When it ends, in milliseconds since 1970"),
    ] = None
    keys: Annotated[BrowserKeys, Field(description="The browser's, of this subscription")]

    def registration(self) -> Registration:
        ends = self.expirationTime
        keys: Any = self.keys
        return Registration(
            endpoint=self.endpoint,
            public_key=keys.p256dh,
            auth=keys.auth,
            expires_at=None if ends is None else int(ends // 1000),
        )


class PushKey(BaseModel):
    """What a browser is to be subscribed with."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "public_key": "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInm"
                    "YWAmS6TlzAC8wEqKK6PBru3jl7A8"
                }
            ]
        }
    )

    public_key: Annotated[
        str, Field(description="`applicationServerKey` of `PushManager.subscribe()`, in base64url")
    ]


PushSubscriptionView = view(
    Subscription,
    name="PushSubscription",
    meaning="A browser in which your reminders are shown; neither its address nor its keys.",
    example={
        "id": "06h08q0rf9qcv4e83s3ndg2tl8",
        "session_id": "06h08q0rf9qcv4e83s3ndg2tlc",
        "push_service": "updates.push.services.mozilla.com",
        "created_at": "2026-11-22T08:30:00.123Z",
        "last_sent_at": "2026-11-22T09:00:02.345Z",
        "last_failed_at": None,
        "last_failure": None,
        "expires_at": "2027-11-22T08:30:00.000Z",
    },
)
SUBSCRIPTIONS_JSON = JsonView(Subscription)
