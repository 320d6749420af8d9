"""CodeDeploy, before a new version of the API gets any traffic -> whether it may have it.

Somebody new walks through that version alone, and leaves again. CodeDeploy waits for one answer,
for an hour: it gets one in any case.
https://docs.aws.amazon.com/codedeploy/latest/userguide/reference-appspec-file-structure-hooks.html
"""

import logging
import os
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Literal, Protocol

from call_version import Version
from errand.aws import client
from errand.smoke import Answer, Failed, Request, walk

logger = logging.getLogger("errand.check_version")
logger.setLevel(logging.INFO)

# Room for two requests, by which an account is deleted, and the answer, each at its worst.
MARGIN = 130_000  # milliseconds

type Report = Callable[[Mapping[str, str], Literal["Succeeded", "Failed"]], None]


class LambdaContext(Protocol):
    def get_remaining_time_in_millis(self) -> int: ...


class Checker:
    """`report`: to CodeDeploy, of which hook."""

    def __init__(self, *, request: Request, report: Report) -> None:
        self._request = request
        self._report = report

    def check(self, hook: Mapping[str, str], *, has_time: Callable[[], bool]) -> None:
        """Raises what `report` does."""
        self._report(hook, "Succeeded" if self._is_fit(has_time) else "Failed")

    def _is_fit(self, has_time: Callable[[], bool]) -> bool:
        try:
            walk(_until(has_time, self._request), logger.info)
        except Failed as failure:
            why, notes = str(failure), getattr(failure, "__notes__", [])
        except Exception as error:  # noqa: BLE001 - CodeDeploy waits for an answer
            # Not its message: it may quote what was sent.
            why, notes = type(error).__name__, []
        else:
            return True
        logger.error("Not fit", extra={"reason": why, "notes": notes})
        return False


def _until(has_time: Callable[[], bool], request: Request) -> Request:
    """Fails once when time is up: what comes then is to leave."""
    is_up = False

    def ask(*what: Any, **more: Any) -> Answer:
        nonlocal is_up
        if not is_up and not has_time():
            is_up = True
            raise Failed("The time is up")
        return request(*what, **more)

    return ask


@cache
def checker() -> Checker:
    deployments = client("codedeploy", read_timeout=5)

    def report(hook: Mapping[str, str], status: str) -> None:
        deployments.put_lifecycle_event_hook_execution_status(
            deploymentId=hook["DeploymentId"],
            lifecycleEventHookExecutionId=hook["LifecycleEventHookExecutionId"],
            status=status,
        )

    # More than the API may take itself.
    functions = client("lambda", read_timeout=25, attempts=2)
    version = Version(functions, os.environ["ERRAND_NEW_VERSION"])
    return Checker(request=version.request, report=report)


def handler(event: dict[str, str], context: LambdaContext) -> None:
    def has_time() -> bool:
        return context.get_remaining_time_in_millis() > MARGIN

    checker().check(event, has_time=has_time)
