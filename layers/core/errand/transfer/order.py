"""Tasks and their parents: every parent comes before its parts, and no task is a part of itself."""

from collections.abc import Sequence
from dataclasses import replace

from errand.transfer.model import DEPTH_MAX, ForeignTask
from errand.transfer.report import Report


def ordered(tasks: Sequence[ForeignTask], report: Report) -> list[ForeignTask]:
    """In the order of the file, but for parents that came behind; cycles are refused whole."""
    known: dict[str, ForeignTask] = {}
    for task in tasks:
        if task.ref is not None and known.setdefault(task.ref, task) is not task:
            report.changed(task.line, "Another task of the file has the same id")
    depths: dict[str, int] = {}
    found: list[ForeignTask] = []
    for task in tasks:
        if task.ref is None or known[task.ref] is not task:
            own = replace(task, ref=None)
            found += _chain([own], known, depths, report)
        elif task.ref not in depths:
            found += _chain([task], known, depths, report)
    return found


_REFUSED = 0


def _chain(
    chain: list[ForeignTask],
    known: dict[str, ForeignTask],
    depths: dict[str, int],
    report: Report,
) -> list[ForeignTask]:
    """A task and those above it that have no place yet, from the top."""
    refs = {chain[0].ref}
    while (parent := chain[-1].parent) is not None and parent not in depths and parent in known:
        if parent in refs:
            first = next(place for place, one in enumerate(chain) if one.ref == parent)
            for one in chain[first:]:
                report.refused(one.line, "The task is a part of itself")
                depths[one.ref or ""] = _REFUSED
            del chain[first:]
            break
        refs.add(parent)
        chain.append(known[parent])
    return [_placed(one, depths, report) for one in reversed(chain)]


def _placed(task: ForeignTask, depths: dict[str, int], report: Report) -> ForeignTask:
    depth = depths.get(task.parent or "", _REFUSED)
    if task.parent is not None and not 0 < depth < DEPTH_MAX:
        why = f"deeper than {DEPTH_MAX}" if depth else "not in the file"
        report.changed(task.line, f"It is no part of another task any more: that is {why}")
        task = replace(task, parent=None)
        depth = 0
    if task.ref is not None:
        depths[task.ref] = depth + 1
    return task
