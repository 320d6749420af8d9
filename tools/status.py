"""Whether a deployment is well: `make status`, on `make run` or on STACK=name.

Messages in every queue with the age of the oldest, how late the streams are read, dead letters, and
the alarms that have gone off; ends with 1 if there are any of the last two. Counts are SQS's own,
which are approximate.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tools import deployment
from tools.ages import ages, of_embedded, of_queue, of_stream, spoken
from tools.deployment import Refused

from errand.aws import client

_LETTERS, _QUEUE = "DeadLettersUrl", "QueueUrl"
# Functions at streams, which are late if these are.
STREAMS = ("RecordChanges", "PublishChanges", "PushHints")
_NAME = "FunctionName"


@dataclass(frozen=True, slots=True)
class Queue:
    """Messages: to be received now, being worked on, to come later; seconds of the oldest."""

    name: str
    waiting: int
    in_flight: int
    delayed: int
    oldest: float | None = None

    @property
    def total(self) -> int:
        return self.waiting + self.in_flight + self.delayed


@dataclass(frozen=True, slots=True)
class Status:
    queues: Sequence[Queue]
    letters: Sequence[Queue]
    # Name -> seconds that what was read last had waited; None where nobody knows.
    streams: Mapping[str, float | None]
    # Name -> why, of those that have gone off; None if the deployment has none.
    alarms: Mapping[str, str] | None

    @property
    def is_well(self) -> bool:
        return not self.alarms and not any(one.total for one in self.letters)

    def lines(self) -> Iterator[str]:
        for title, queues in (("queues", self.queues), ("dead letters", self.letters)):
            busy = [one for one in queues if one.total]
            yield f"{title}: {len(queues)}, {'all empty' if not busy else f'{len(busy)} not empty'}"
            for one in busy:
                yield (
                    f"  {one.name}: {one.waiting} waiting, {one.in_flight} in flight, "
                    f"{one.delayed} delayed, oldest {spoken(one.oldest)}"
                )
        yield "streams, and how old what was read last was:"
        yield from (f"  {name}: {spoken(age)}" for name, age in self.streams.items())
        match self.alarms:
            case None:
                yield "alarms: none (the parameter Alarms makes them)"
            case alarms if alarms:
                yield f"alarms: {len(alarms)} gone off"
                yield from (f"  {name}: {why}" for name, why in alarms.items())
            case _:
                yield "alarms: all well"


def status(
    outputs: Mapping[str, str],
    *,
    sqs: Any,
    cloudwatch: Any,
    stack: str,
    embedded: str | None = None,
) -> Status:
    """Of the stack called so, by its outputs. `embedded`: where the AWS is that has no metrics."""
    urls = {key: url for key, url in sorted(outputs.items()) if key.endswith((_LETTERS, _QUEUE))}
    readers = {name: outputs[name + _NAME] for name in STREAMS if name + _NAME in outputs}
    known = ages(
        cloudwatch,
        [
            *(of_queue(key, url) for key, url in urls.items()),
            *(of_stream(name, function) for name, function in readers.items()),
        ],
    )
    if embedded:
        known |= of_embedded(embedded, urls)
    queues = {
        key: _queue(sqs, key.removesuffix("Url"), url, oldest=known[key])
        for key, url in urls.items()
    }
    return Status(
        queues=[one for key, one in queues.items() if key.endswith(_QUEUE)],
        letters=[one for key, one in queues.items() if key.endswith(_LETTERS)],
        streams={name: known[name] for name in readers},
        alarms=_alarms(cloudwatch, f"{stack}-"),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print how it is."""
    parser = ArgumentParser(prog="status", description="Tell whether a deployment is well.")
    deployment.add_option(parser)
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        found = status(
            target.outputs,
            sqs=client("sqs", read_timeout=10),
            cloudwatch=client("cloudwatch", read_timeout=10),
            stack=target.stack,
            embedded=None if arguments.stack else os.environ.get("AWS_ENDPOINT_URL"),
        )
        told = "\n".join([f"{target.name}:", *found.lines()])
        if not found.is_well:
            print(told)
            raise Refused("something is not well: docs/runbook.md tells what to do")
        return told

    return deployment.carry_out("status", act)


def _queue(sqs: Any, name: str, url: str, *, oldest: float | None) -> Queue:
    of = "ApproximateNumberOfMessages"
    names = [of, f"{of}NotVisible", f"{of}Delayed"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    waiting, in_flight, delayed = (int(found.get(one, 0)) for one in names)
    return Queue(name, waiting, in_flight, delayed, oldest)


def _alarms(cloudwatch: Any, prefix: str) -> dict[str, str] | None:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(AlarmNamePrefix=prefix)
    found = [one for page in pages for one in page.get("MetricAlarms", [])]
    if not found:
        return None
    return {
        one["AlarmName"].removeprefix(prefix): one.get("StateReason", "")
        for one in found
        if one["StateValue"] == "ALARM"
    }


if __name__ == "__main__":
    sys.exit(main())
