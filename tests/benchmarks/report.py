"""The tables, as Markdown."""

import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import metadata
from statistics import median

from tests.benchmarks.artifacts import ROOT
from tests.benchmarks.figures import NEW, SEEN, Figures, bars

_DOCUMENT = ROOT / "docs" / "performance.md"
_BEGIN, _END = "<!-- make bench writes from here -->", "<!-- to here -->"
_PACKAGES = ("fastapi", "pydantic", "pynamodb", "botocore")
_NAMES = {
    "ours": "Errand",
    "a": "(a) FastAPI, Mangum, PynamoDB",
    "a*": "(a*) with byte code",
    "c": "(c) Powertools, boto3",
    "c*": "(c*) with byte code",
    "d": "(d) plain handler, botocore",
    "d*": "(d*) with byte code",
    "d**": "(d**) on Errand's layer, no collector",
}


def write(tables: str) -> None:
    """Between the markers of docs/performance.md."""
    text = _DOCUMENT.read_text(encoding="utf-8")
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    _DOCUMENT.write_text(f"{before}{_BEGIN}\n\n{tables}\n\n{_END}{after}", encoding="utf-8")


def tables(figures: Figures) -> str:
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in _PACKAGES)
    stand = (
        f"{datetime.now(UTC):%Y-%m-%d}, Python {platform.python_version()}, {versions}; "
        f"{figures.operations} operations; CPU: medians of {figures.rounds} interleaved runs, "
        f"{os.cpu_count()} cores of {platform.machine()}."
    )
    warm = [_warm(figures, token) for token in (SEEN, NEW)]
    return "\n\n".join([stand, _bars(figures), _cold(figures), *warm, _client(figures)])


def _bars(figures: Figures) -> str:
    rows = [
        (bar.what, f"{bar.measured:.2f}{bar.unit}", f"{bar.limit:g}{bar.unit}", bar.verdict)
        for bar in bars(figures)
    ]
    return _table(("bar", "measured", "at most", ""), rows)


def _cold(figures: Figures) -> str:
    rows = []
    for key, name in _NAMES.items():
        cases = [(key, event) for event in ("page", "create")]
        rows.append(
            (
                name,
                *(f"{figures.cold_instructions[case] / 1e6:,.0f}" for case in cases),
                *(f"{figures.cold_seconds[case] * 1e3:,.0f}" for case in cases),
                f"{figures.zipped_bytes[key] / 1e6:.1f}",
            )
        )
    for event, name in (
        ("changes", "publish_changes"),
        ("purge", "purge_accounts"),
        ("mail", "send_mails"),
    ):
        case = ("ours", event)
        count, seconds = figures.cold_instructions[case], figures.cold_seconds[case]
        rows.append((name, f"{count / 1e6:,.0f}", "", f"{seconds * 1e3:,.0f}", "", ""))
    heads = ("cold start to", "page, M", "create, M", "page, ms", "create, ms", "zip, MB")
    return _table(heads, rows)


def _warm(figures: Figures, token: str) -> str:
    rows = []
    for key in ("ours", "a*", "c*", "d*", "d**"):
        cases = [(key, event, token) for event in ("page", "create")]
        rows.append(
            (
                _NAMES[key],
                *(f"{figures.warm_instructions[case] / 1e6:.2f}" for case in cases),
                *(f"{median(figures.warm_seconds[case]) * 1e3:.2f}" for case in cases),
            )
        )
    heads = (f"warm, token {token}", "page, M", "create, M", "page, ms", "create, ms")
    return _table(heads, rows)


def _client(figures: Figures) -> str:
    rows = [
        (
            _NAMES[case[0]],
            f"{count / 1e6:,.0f}",
            f"{figures.client_seconds[case] * 1e3:,.0f}",
        )
        for case, count in figures.client_instructions.items()
    ]
    return _table(("under the runtime interface client", "page, M", "page, ms"), rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns are aligned, so that it reads as well on a terminal."""
    cells = [heads, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]

    def line(row: Sequence[str]) -> str:
        first, *others = zip(row, widths, strict=True)
        padded = [f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in others)]
        return f"| {' | '.join(padded)} |"

    first, *others = widths
    rule = f"| {'-' * first} | {' | '.join('-' * (width - 1) + ':' for width in others)} |"
    return "\n".join([line(heads), rule, *(line(row) for row in cells[1:])])
