"""The API as a server runs it: `python -m tools.server`, until SIGTERM; docs/self-hosting.md.

Environment: HOST=127.0.0.1, PORT=8000, WORKERS= of the cores, and one of ERRAND_… as on Lambda,
STACK= of a stack on AWS, or AWS_ENDPOINT_URL of a store (`tools.store`). X-Forwarded-For is
believed of FORWARDED_ALLOW_IPS, by default of this machine.
"""

import os
import sys
import time
from collections.abc import Mapping

from tools import deployment, stack
from tools.local.api import Api
from tools.local.environment import for_clients
from tools.local.failures import CannotRun
from tools.local.program import carry_out, ignore_signals
from tools.local.settings import Settings
from tools.local.sockets import listen, url_of

from errand.aws import client

PATIENCE = 60.0  # seconds until its store must be there
PAUSE = 0.5  # seconds
# One that ends as soon as it has begun is not replaced more often.
LEAST_LIFE = 5.0  # seconds
_FUNCTION = "ApiFunction"
# A proxy logs requests, without what is secret in them; the worker says what goes wrong.
_QUIET = {"ACCESS_LOG": "0"}
# Nobody outside reaches a store, its bucket neither.
_OF_A_STORE = {"ERRAND_IMPORT_BUCKET": ""}


class Workers:
    """Processes that take turns at one socket; one that ends is replaced."""

    def __init__(self, *, settings: Settings, environment: Mapping[str, str], number: int) -> None:
        self._bound = listen(settings.host, settings.port, variable="HOST=… or PORT")
        self._environment = environment
        self._workers: list[tuple[Api, float]] = []
        self._due: list[float] = []
        self._number = number

    @property
    def url(self) -> str:
        return url_of(self._bound)

    def start(self) -> None:
        """Raises CannotRun."""
        while len(self._workers) < self._number:
            self._add()
        # They have one socket: whichever answers first.
        self._workers[0][0].wait()

    def look_after(self) -> None:
        """Replaces those that have ended."""
        now = time.monotonic()
        for worker, begun in [*self._workers]:
            if worker.failed():
                self._workers.remove((worker, begun))
                self._due.append(begun + LEAST_LIFE)
        for due in [due for due in self._due if due <= now]:
            self._due.remove(due)
            self._add()

    def stop(self) -> None:
        """All at once: each ends the requests that it has."""
        for worker, _ in self._workers:
            worker.terminate()
        for worker, _ in self._workers:
            worker.stop()

    def _add(self) -> None:
        worker = Api(environment=self._environment, bound=self._bound)
        self._workers.append((worker, time.monotonic()))


def variables(environment: Mapping[str, str]) -> dict[str, str]:
    """What the API is to have in its environment. Raises CannotRun."""
    if environment.get("ERRAND_DATA_TABLE"):
        return {**environment} | _QUIET
    if name := environment.get("STACK"):
        return {**environment} | _of_stack(name) | _QUIET
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            found = stack.variables()[_FUNCTION]
        except LookupError as error:
            if time.monotonic() > deadline:
                raise CannotRun(f"there is no store: {error}") from None
            time.sleep(PAUSE)
        else:
            return (
                for_clients(environment, endpoint=stack.instance().endpoint)
                | found
                | _OF_A_STORE
                | _QUIET
            )


def workers_of(environment: Mapping[str, str]) -> int:
    """Raises CannotRun."""
    given = environment.get("WORKERS") or str(os.process_cpu_count() or 1)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 256:  # noqa: PLR2004 - enough
        raise CannotRun(f"WORKERS must be a number from 1 to 256, not {given!r}")
    return int(given)


def _run() -> None:
    settings = Settings.from_environment(os.environ)
    workers = Workers(
        settings=settings, environment=variables(os.environ), number=workers_of(os.environ)
    )
    try:
        workers.start()
        print(f"errand: {workers.url}", file=sys.stderr, flush=True)
        while True:
            time.sleep(PAUSE)
            workers.look_after()
    finally:
        ignore_signals()
        workers.stop()


def _of_stack(name: str) -> dict[str, str]:
    try:
        function = deployment.enter(name).output("ApiFunctionName")
    except deployment.Refused as error:
        raise CannotRun(str(error)) from None
    found = client("lambda", read_timeout=10).get_function_configuration(FunctionName=function)
    given: dict[str, str] = found["Environment"]["Variables"]
    return given


if __name__ == "__main__":
    sys.exit(carry_out(_run, stopped="stopped"))
