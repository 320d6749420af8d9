"""Messages of a queue, each handled by itself: those that failed come back, and no others.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from errand.aws import AWS_ERRORS, reason
from errand.errors import ErrandError

type Message = Mapping[str, Any]


def failures(
    messages: Sequence[Message],
    handle: Callable[[Message], None],
    tell: Callable[[str, str], None],
) -> list[str]:
    """The ids of the messages on which `handle` failed, as `tell` hears with a word of why."""
    failed = []
    for message in messages:
        try:
            handle(message)
        except ErrandError as error:
            why = error.code
        except AWS_ERRORS as error:
            why = reason(error)
        else:
            continue
        tell(message["messageId"], why)
        failed.append(message["messageId"])
    return failed
