"""Schedules in memory, and what their queue gets when it is time."""

from collections.abc import Iterable

from errand.reminding.requests import TimeToRemind


class FakeSchedules:
    def __init__(self) -> None:
        self.kept: dict[str, TimeToRemind] = {}
        self.made = 0

    def names(self, task_id: str) -> set[str]:
        return {name for name in self.kept if name.startswith(task_id)}

    def add(self, when: TimeToRemind) -> None:
        self.made += 1
        self.kept[when.name] = when

    def remove(self, name: str) -> None:
        self.kept.pop(name, None)

    def times(self, task_ids: Iterable[str] = ()) -> list[int]:
        mine = {*task_ids}
        return sorted(one.at for one in self.kept.values() if not mine or one.task_id in mine)
