"""Everything that is measured, in an order that keeps CPU times apart from valgrind's load."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks import client, data, measure
from tests.benchmarks.artifacts import Artifact
from tests.benchmarks.figures import NEW, SEEN, Case, Figures
from tests.benchmarks.measure import Bench, Tokens
from tests.benchmarks.subjects import Subjects
from tests.benchmarks.warm import Worker

_REQUESTS = 50  # warm requests between two looks at the clock, or at the count
_WARM_ROUNDS = 3  # in the time of a cold start
_FIRST = "first"
_RUNTIME: Case = ("runtime", "")

type Jobs[T] = Mapping[Case, Callable[[], T]]
type Run[T] = Callable[[list[str], dict[str, str]], T]


def tokens() -> dict[str, Tokens]:
    """What `_cold` takes: one request for each."""
    return {
        _FIRST: [None],
        SEEN: [None] * (1 + _REQUESTS),
        NEW: [None, *islice(data.new_tokens(), _REQUESTS)],
    }


def run(subjects: Subjects, bench: Bench, *, rounds: int) -> Figures:
    _verify(bench, subjects)
    operations = _operations(bench, subjects.api["ours", "page"])
    figures = Figures(rounds=rounds, operations=operations)
    figures.zipped_bytes = {
        key: artifact.zipped_bytes() for (key, event), artifact in subjects.api.items()
    }
    cold = subjects.api | subjects.event_functions

    counts = _counts(_cold(bench, cold, measure.instructions))
    figures.cold_instructions = _beyond_runtime(counts)
    for token in (SEEN, NEW):
        more = _counts(_cold(bench, subjects.compiled, measure.instructions, token))
        figures.warm_instructions |= {
            (*case, token): (more[case] - counts[case]) / _REQUESTS for case in subjects.compiled
        }
    figures.client_instructions = _beyond_runtime(
        _counts(_client(bench, subjects, client.instructions))
    )

    figures.cold_seconds = _beyond_runtime(
        _medians(_cold(bench, cold, measure.cpu_seconds), rounds)
    )
    figures.client_seconds = _beyond_runtime(
        _medians(_client(bench, subjects, client.cpu_seconds), rounds)
    )
    figures.warm_seconds = _warm_seconds(bench, subjects, rounds * _WARM_ROUNDS)
    return figures


def _verify(bench: Bench, subjects: Subjects) -> None:
    """Nobody is fast because of a wrong answer."""
    for (key, event), artifact in subjects.compiled.items():
        content = _content(bench, artifact, event)
        tasks = content if isinstance(content, list) else [content]
        if [task["title"] for task in tasks] != data.titles(event):
            raise RuntimeError(f"{key} answers a {event} with {content}")


def _operations(bench: Bench, api: Artifact) -> int:
    """All that OpenAPI knows; the pages of the documentation are not counted."""
    paths = _content(bench, api, "openapi")["paths"]
    return sum(len(operations) for operations in paths.values())


def _content(bench: Bench, artifact: Artifact, event: str) -> Any:
    command = bench.command("answer", artifact, event)
    return json.loads(measure.answer(command, bench.environment(artifact))["body"])


def _cold[T](
    bench: Bench, cases: Mapping[Case, Artifact], measured: Run[T], token: str = _FIRST
) -> Jobs[T]:
    """With the bare runtime as one more case."""
    jobs: dict[Case, Callable[[], T]] = {
        (key, event): partial(
            measured, bench.command("cold", artifact, event, token), bench.environment(artifact)
        )
        for (key, event), artifact in cases.items()
    }
    bare = partial(measured, bench.command("runtime", None), bench.environment(None))
    return {_RUNTIME: bare, **jobs}


def _client[T](
    bench: Bench, subjects: Subjects, measured: Callable[[list[str], dict[str, str], Path], T]
) -> Jobs[T]:
    event = bench.files["page"]
    cases = {
        _RUNTIME: subjects.nothing,
        **{case: artifact for case, artifact in subjects.compiled.items() if case[1] == "page"},
    }
    return {
        case: partial(
            measured, bench.command("client", artifact), bench.environment(artifact), event
        )
        for case, artifact in cases.items()
    }


def _warm_seconds(bench: Bench, subjects: Subjects, rounds: int) -> dict[Case, list[float]]:
    with ExitStack() as stack:
        jobs: dict[Case, Callable[[], float]] = {}
        for (key, event), artifact in subjects.compiled.items():
            command = bench.command("warm", artifact, event)
            worker = stack.enter_context(Worker(command, bench.environment(artifact)))
            jobs[key, event, SEEN] = partial(worker.cpu_seconds, [None] * _REQUESTS)
            jobs[key, event, NEW] = partial(_with_new_tokens, worker, data.new_tokens())
        for job in jobs.values():
            job()
        # Who is asked the same stand next to each other.
        return _runs(dict(sorted(jobs.items(), key=lambda job: job[0][1:])), rounds)


def _with_new_tokens(worker: Worker, tokens: Iterator[str]) -> float:
    return worker.cpu_seconds(list(islice(tokens, _REQUESTS)))


def _counts(jobs: Jobs[int]) -> dict[Case, int]:
    """Instructions do not mind the neighbours: as many at once as there are processors."""

    def told(case: Case) -> int:
        start = time.monotonic()
        count = jobs[case]()
        _tell(f"{' '.join(case):20}{count / 1e6:10.1f} M {time.monotonic() - start:6.1f} s")
        return count

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(jobs, pool.map(told, jobs), strict=True))


def _medians(jobs: Jobs[float], rounds: int) -> dict[Case, float]:
    return {case: median(seconds) for case, seconds in _runs(jobs, rounds).items()}


def _runs(jobs: Jobs[float], rounds: int) -> dict[Case, list[float]]:
    """Interleaved: what slows the machine down for a while slows down everybody."""
    times: dict[Case, list[float]] = {case: [] for case in jobs}
    for number in range(rounds):
        _tell(f"round {number + 1} of {rounds}")
        for case, job in jobs.items():
            times[case].append(job())
    return times


def _beyond_runtime(values: Mapping[Case, float]) -> dict[Case, float]:
    return {case: value - values[_RUNTIME] for case, value in values.items() if case != _RUNTIME}


def _tell(progress: str) -> None:
    print(progress, file=sys.stderr, flush=True)  # noqa: T201 - it takes minutes
