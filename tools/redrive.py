"""Puts dead letters back into the queue that they came from: `make redrive QUEUE=PurgeDeadLetters`.

On `make run` or on STACK=name. A letter is deleted when its copy is in the queue: stopped in
between, it is in both, and every consumer takes a message twice.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from tools import deployment
from tools.deployment import Refused

from errand.aws import client

_BATCH = 10
_SUFFIX = "DeadLetters"


def redrive(sqs: Any, *, letters: str, queue: str) -> int:
    """How many letters were put back: those that are there now, however many come meanwhile."""
    known = sqs.get_queue_attributes(
        QueueUrl=letters, AttributeNames=["ApproximateNumberOfMessages"]
    )
    left, moved = int(known["Attributes"]["ApproximateNumberOfMessages"]), 0
    while left > 0:
        received = sqs.receive_message(
            QueueUrl=letters,
            MaxNumberOfMessages=min(_BATCH, left),
            MessageAttributeNames=["All"],
            WaitTimeSeconds=1,
        ).get("Messages", [])
        if not received:
            break
        for one in received:
            attributes = one.get("MessageAttributes", {})
            sqs.send_message(QueueUrl=queue, MessageBody=one["Body"], MessageAttributes=attributes)
            sqs.delete_message(QueueUrl=letters, ReceiptHandle=one["ReceiptHandle"])
        moved += len(received)
        left -= len(received)
    return moved


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, move, print what was done."""
    parser = ArgumentParser(prog="redrive", description="Put dead letters back into their queue.")
    deployment.add_option(parser)
    parser.add_argument("queue", help="as template.yaml calls it, such as PurgeDeadLetters")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        letters, queue = _queues(target.outputs, arguments.queue)
        moved = redrive(client("sqs", read_timeout=20), letters=letters, queue=queue)
        return f"{target.name}: {moved} letters of {arguments.queue} put back"

    return deployment.carry_out("redrive", act)


def _queues(outputs: dict[str, str], name: str) -> tuple[str, str]:
    """URLs of the queue of dead letters and of that which they came from. Raises Refused."""
    if not name.endswith(_SUFFIX) or f"{name}Url" not in outputs:
        known = sorted(one.removesuffix("Url") for one in outputs if one.endswith(f"{_SUFFIX}Url"))
        raise Refused(f"{name} is none of {', '.join(known)}")
    source = f"{name.removesuffix(_SUFFIX)}QueueUrl"
    if source not in outputs:
        raise Refused(
            f"{name} has places in a stream, and no messages: `make reconcile` finds what the log "
            "has missed, `make replay` publishes what is in it"
        )
    return outputs[f"{name}Url"], outputs[source]


if __name__ == "__main__":
    sys.exit(main())
