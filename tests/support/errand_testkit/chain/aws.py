"""Services of AWS as functions call them: at least once, and in no order where none is promised."""

import json
from collections import Counter
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from botocore.exceptions import ClientError

from errand.uploads.notices import Arrival
from errand_testkit.chain.mischief import Mischief
from errand_testkit.chain.wiring import UNKNOWN, Shape, Wiring
from errand_testkit.mails import sample
from errand_testkit.patterns import lets_through
from errand_testkit.uploads import FakeFiles, notice

# Seconds that the bus takes at most.
_ON_ITS_WAY = 2
# What addresses begin with that nobody has.
BOUNCING = "nobody"


@dataclass(eq=False)
class Message:
    """`visible_at`: in milliseconds, as the clock has them."""

    id: str
    body: str
    visible_at: int
    receives: int = 0


class Queue:
    def __init__(self, shape: Shape, mischief: Mischief) -> None:
        self.shape = shape
        self.messages: list[Message] = []
        self._mischief = mischief

    def put(self, message: Message) -> None:
        """Twice, now and then: it is a standard queue."""
        self.messages.append(message)
        if self._mischief.happens():
            later = message.visible_at + self._mischief.dice.randrange(60_000)
            self.messages.append(Message(message.id, message.body, later))

    def ready(self, now: int) -> list[Message]:
        return [one for one in self.messages if one.visible_at <= now]


class Sqs:
    """`read`: the queues that a function is called for."""

    def __init__(self, wiring: Wiring, mischief: Mischief) -> None:
        self.queues = {name: Queue(shape, mischief) for name, shape in wiring.queues.items()}
        self.read: Container[str] = ()
        self._mischief = mischief
        self._sent = 0

    def put(self, queue: str, body: str, *, delay: float | None = None) -> None:
        """`delay`: in seconds; None: that of the queue. Raises LookupError if nobody reads it."""
        if queue not in self.read:
            raise LookupError(f"{queue} feeds a function {UNKNOWN}")
        self._sent += 1
        wait = self.queues[queue].shape.delay if delay is None else delay
        at = self._mischief.clock() + round(wait * 1000)
        self.queues[queue].put(Message(f"message-{self._sent}", body, at))

    def send_message(
        self,
        *,
        QueueUrl: str,  # noqa: N803 - botocore's names, as all of these
        MessageBody: str,  # noqa: N803
        DelaySeconds: int | None = None,  # noqa: N803
    ) -> dict[str, Any]:
        self.put(QueueUrl, MessageBody, delay=DelaySeconds)
        return {}

    def send_message_batch(self, *, QueueUrl: str, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        failed = []
        for entry in Entries:
            if self._mischief.happens():
                failed.append({"Id": entry["Id"], "Code": "InternalError"})
            else:
                self.put(QueueUrl, entry["MessageBody"], delay=entry.get("DelaySeconds"))
        return {"Failed": failed}

    def letters(self) -> list[Message]:
        """Dead ones of all queues."""
        dead = {queue.shape.letters for queue in self.queues.values()}
        return [one for name in dead if name for one in self.queues[name].messages]


class Bus:
    """EventBridge. `published`: events by their ids; `times`: how often each was."""

    def __init__(self, wiring: Wiring, sqs: Sqs, mischief: Mischief) -> None:
        self.published: dict[str, dict[str, Any]] = {}
        self.times: Counter[str] = Counter()
        self.hear: Callable[[dict[str, Any]], None] = lambda _: None
        self._rules = wiring.rules
        self._sqs = sqs
        self._mischief = mischief

    def put_events(self, *, Entries: list[Any]) -> dict[str, Any]:  # noqa: N803
        return {"Entries": [self._put(entry) for entry in Entries]}

    def _put(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        if self._mischief.happens():
            return {"ErrorCode": "InternalFailure", "ErrorMessage": "no"}
        detail = json.loads(entry["Detail"])
        self.hear(detail)
        self.published.setdefault(detail["id"], detail)
        self.times[detail["id"]] += 1
        event = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": detail}
        for rule in self._rules:
            if lets_through(rule.pattern, event):
                for queue in rule.queues:
                    wait = self._mischief.dice.random() * _ON_ITS_WAY
                    wait += self._sqs.queues[queue].shape.delay
                    self._sqs.put(queue, json.dumps(event), delay=wait)
        return {"EventId": "1"}


class Ses:
    """`hear` is told of each mail that is accepted. What goes to BOUNCING comes back."""

    def __init__(self, sqs: Sqs) -> None:
        self.hear: Callable[[dict[str, Any]], None] = lambda _: None
        self._sqs = sqs
        [self._bounce] = sample("feedback-bounce")["Records"]

    def send_email(self, **request: Any) -> dict[str, Any]:
        self.hear(request)
        [address] = request["Destination"]["ToAddresses"]
        if address.startswith(BOUNCING):
            event = json.loads(self._bounce["body"])
            tags = {one["Name"]: [one["Value"]] for one in request["EmailTags"]}
            event["detail"]["mail"]["tags"] |= tags
            self._sqs.put("MailFeedbackQueue", json.dumps(event), delay=_ON_ITS_WAY)
        return {"MessageId": "1"}


class S3:
    """The bucket of uploads, which tells a queue of each file."""

    def __init__(self, sqs: Sqs) -> None:
        self._files = FakeFiles()
        self._sqs = sqs

    def upload(self, key: str, content: bytes) -> None:
        self._files.content[key] = content
        user_id, _, upload_id = key.partition("/")
        etag = self._files.etag(key)
        arrival = Arrival(user_id=user_id, upload_id=upload_id, etag=etag)
        self._sqs.put("ImportQueue", notice(arrival))

    def get_object(self, *, Bucket: str, Key: str, IfMatch: str) -> dict[str, Any]:  # noqa: N803
        del Bucket
        if Key not in self._files.content:
            raise refused("NoSuchKey")
        return {"Body": BytesIO(self._files.read(Key, etag=IfMatch))}

    def delete_object(self, *, Bucket: str, Key: str) -> dict[str, Any]:  # noqa: N803
        del Bucket
        self._files.remove(Key)
        return {}

    @property
    def keys(self) -> set[str]:
        return {*self._files.content}


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "an operation")
