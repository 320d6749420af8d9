"""Labels that the tasks of a file bear: those that there are not yet are made with them."""

from collections.abc import Callable
from itertools import count
from typing import Any

from errand.codecs import Instant
from errand.folding import folded
from errand.labels.model import LABELS_MAX, LabelSet
from errand.transfer.report import Report


class Labelling:
    """`labels`: as they are, and will be. By name at hand: each of many tasks asks for its own."""

    def __init__(
        self, labels: LabelSet, *, now: Instant, new_id: Callable[[int], str], report: Report
    ) -> None:
        """`new_id`: of the nth label."""
        self.labels = labels
        self._now = now
        self._new_id = new_id
        self._report = report
        self._by_name = {folded(one.name): one for one in reversed(labels.labels)}

    def label(self, fields: dict[str, Any], line: int) -> None:
        """A task's fields, with their ids."""
        names = fields.get("labels") or ()
        forms = [folded(name) for name in names]
        missing = {
            form: name for form, name in zip(forms, names, strict=True) if form not in self._by_name
        }
        if missing:
            self._make(missing, line)
        borne = [self._by_name[form] for form in forms if form in self._by_name]
        fields["labels"] = tuple(dict.fromkeys(label.name for label in borne))
        fields["label_ids"] = tuple(dict.fromkeys(label.id for label in borne))

    def _make(self, missing: dict[str, str], line: int) -> None:
        if len(self.labels.labels) + len(missing) > LABELS_MAX:
            self._report.left_out(line, f"Labels: An account has at most {LABELS_MAX} labels")
            return
        numbers = count(len(self.labels.labels))
        self.labels = self.labels.with_names(
            missing.values(), now=self._now, new_id=lambda: self._new_id(next(numbers))
        )
        self._by_name |= {folded(one.name): one for one in self.labels.labels[-len(missing) :]}
