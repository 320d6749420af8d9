"""Generates, compiles and tries clients of this API: `make clients-check`.

python -m tests.clients FOLDER, where the generators have been installed.
"""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import uvicorn
from tests.clients.generators import GENERATORS, Generator, StepFailed, Workshop, version
from tests.contract import ways
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen, url_of

from errand_api.services import in_thread

_COLUMNS = "{:<24}{:<10}{:>9}  {:<10}{:<10}{}"


@contextmanager
def _serving() -> Iterator[str]:
    """The URL of the API, on moto."""
    with ways._application(in_thread) as app, listen(LOOPBACK, 0, variable="PORT") as bound:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
        thread.start()
        try:
            yield url_of(bound)
        finally:
            server.should_exit = True
            thread.join()


def _tried(step: Callable[[], None], wrong: list[str]) -> str:
    """What the table says of it; nothing is tried behind a step that failed."""
    if wrong:
        return "-"
    try:
        step()
    except StepFailed as failed:
        wrong.append(str(failed))
        return "no"
    return "yes"


def _check(generator: Generator, installed: Path, url: str, document: bytes) -> list[str]:
    """One row of the table. Returns what went wrong."""
    workshop = Workshop(generator, installed=installed, document=document, url=url)
    wrong: list[str] = []
    generated = _tried(workshop.generate, wrong)
    lines = workshop.lines() if generated == "yes" else 0
    compiles, walks = _tried(workshop.compile, wrong), _tried(workshop.walk, wrong)
    package = generator.package
    print(_COLUMNS.format(package, version(package), lines, generated, compiles, walks), flush=True)
    return [f"{package}: {text}" for text in wrong]


def main(installed: Path) -> int:
    """Exit code 1 if any step of any client fails."""
    print(_COLUMNS.format("generator", "version", "lines", "generates", "compiles", "walks"))
    with _serving() as url:
        document = httpx2.get(f"{url}/openapi.json").content
        wrong = [text for one in GENERATORS for text in _check(one, installed, url, document)]
    print(*wrong, sep="\n", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
