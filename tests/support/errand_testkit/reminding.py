"""Schedules in memory, and what their queue gets when it is time."""

from collections.abc import Iterable
from typing import Any

from botocore.exceptions import ClientError

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


class FakeScheduler:
    """EventBridge Scheduler, as far as it is asked, in pages of one."""

    def __init__(self) -> None:
        self.schedules: dict[str, dict[str, Any]] = {}

    def create_schedule(self, **request: Any) -> dict[str, Any]:
        if request["Name"] in self.schedules:
            raise _refused("ConflictException", "CreateSchedule")
        self.schedules[request["Name"]] = request
        return {}

    def delete_schedule(self, **request: Any) -> dict[str, Any]:
        if self.schedules.pop(request["Name"], None) is None:
            raise _refused("ResourceNotFoundException", "DeleteSchedule")
        return {}

    def list_schedules(self, **request: Any) -> dict[str, Any]:
        after = request.get("NextToken", "")
        names = sorted(
            name
            for name in self.schedules
            if name.startswith(request["NamePrefix"]) and name > after
        )
        page = {"Schedules": [{"Name": name} for name in names[:1]]}
        return page | ({"NextToken": names[0]} if len(names) > 1 else {})


def _refused(code: str, operation: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, operation)
