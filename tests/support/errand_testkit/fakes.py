"""The repositories in memory, and a clock that goes when it is told to."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from errand.accounts.model import Account, AccountChanges, identity_key
from errand.audit.model import AuditRecord
from errand.errors import AlreadyTaken, IdempotencyKeyReused, NotFound, PreconditionFailed
from errand.storage.receipts import LIFETIME_SECONDS, Receipt
from errand.tasks.model import Changes, Status
from errand.tasks.schemas import Task
from errand_testkit.audit import InMemoryAuditLog


class ManualClock:
    """Epoch milliseconds, starting on 2026-11-22T08:30:00Z."""

    def __init__(self, now: int = 1_795_336_200_000) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += round(seconds * 1000)


class _Receipts:
    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], tuple[Receipt, str, int]] = {}

    def first_answer(self, receipt: Receipt | None, now: int) -> str | None:
        """Of the request that left this receipt. Raises IdempotencyKeyReused."""
        if receipt is None or (receipt.pk, receipt.sk) not in self._kept:
            return None
        first, answer, expires_at = self._kept[receipt.pk, receipt.sk]
        if expires_at <= now // 1000:
            return None
        if not receipt.is_of(first.fingerprint):
            raise IdempotencyKeyReused
        return answer

    def keep(self, receipt: Receipt | None, answer: str, now: int) -> None:
        if receipt:
            expires_at = now // 1000 + LIFETIME_SECONDS
            self._kept[receipt.pk, receipt.sk] = (receipt, answer, expires_at)


class InMemoryTasks:
    """TaskRepository; `page_max` stands for the 1 MB at which a page of DynamoDB ends."""

    def __init__(self, *, page_max: int | None = None) -> None:
        self._tasks: dict[tuple[str, str], Task] = {}
        self._receipts = _Receipts()
        self._page_max = page_max

    def create(
        self, *, user_id: str, task_id: str, fields: Changes, now: int, receipt: Receipt | None
    ) -> Task:
        first = self._receipts.first_answer(receipt, now)
        if first:
            return Task.model_validate_json(first)
        content = {"id": task_id, "created_at": _instant(now), "version": 0}
        task = self._tasks[user_id, task_id] = _changed(content, fields, now)
        self._receipts.keep(receipt, task.model_dump_json(), now)
        return task

    def read(self, *, user_id: str, task_id: str) -> Task:
        try:
            return self._tasks[user_id, task_id]
        except KeyError:
            raise NotFound("Task not found") from None

    def page(
        self, *, user_id: str, status: Status | None, after: str | None, limit: int, ascending: bool
    ) -> tuple[list[Task], bool]:
        tasks = [
            task
            for (owner, task_id), task in sorted(self._tasks.items(), reverse=not ascending)
            if owner == user_id
            and status in {None, Status.of(completed=task.completed_at is not None)}
            and (after is None or (task_id > after if ascending else task_id < after))
        ]
        size = min(limit, self._page_max or limit)
        return tasks[:size], len(tasks) > size

    def update(
        self,
        *,
        user_id: str,
        task_id: str,
        changes: Changes,
        now: int,
        versions: Collection[int] | None,
    ) -> Task:
        task = self._expected(user_id, task_id, versions)
        changed = _changed(task.model_dump(exclude={"completed"}), changes, now)
        self._tasks[user_id, task_id] = changed
        return changed

    def delete(self, *, user_id: str, task_id: str, versions: Collection[int] | None) -> None:
        self._expected(user_id, task_id, versions)
        del self._tasks[user_id, task_id]

    def _expected(self, user_id: str, task_id: str, versions: Collection[int] | None) -> Task:
        task = self.read(user_id=user_id, task_id=task_id)
        if versions is not None and task.version not in versions:
            raise PreconditionFailed
        return task


class InMemoryAccounts:
    """AccountRepository; `calls` counts what would be round trips or more."""

    def __init__(self) -> None:
        self.audit = InMemoryAuditLog()
        self.calls: list[str] = []
        self._accounts: dict[str, Account] = {}
        self._owners: dict[str, str] = {}
        self._receipts = _Receipts()

    def add(self, account: Account, *, receipt: Receipt | None, answer: str) -> str | None:
        self.calls.append("add")
        first = self._receipts.first_answer(receipt, account.created_at)
        if first:
            return first
        self._claim(account)
        self._receipts.keep(receipt, answer, account.created_at)
        return None

    def find(self, name: str, *, kind: str = "username") -> Account | None:
        self.calls.append("find")
        owner = self._owners.get(identity_key(kind, name))
        return self._accounts.get(owner) if owner else None

    def read(self, user_id: str) -> Account | None:
        self.calls.append("read")
        return self._accounts.get(user_id)

    def change(
        self,
        account: Account,
        changes: AccountChanges,
        *,
        now: int,
        records: Sequence[AuditRecord] = (),
    ) -> Account:
        self.calls.append("change")
        changed = replace(account, **changes, updated_at=now, version=account.version + 1)
        self._raise_taken(changed)
        self._forget(account)
        self._claim(changed)
        for record in records:
            self.audit.add(record)
        return changed

    def remove(self, account: Account) -> None:
        self.calls.append("remove")
        self._forget(account)

    def page(self, *, after: str | None, limit: int) -> tuple[list[Account], bool]:
        ids = sorted(name for name in self._accounts if after is None or name > after)
        return [self._accounts[name] for name in ids[:limit]], len(ids) > limit

    def _claim(self, account: Account) -> None:
        self._raise_taken(account)
        self._accounts[account.id] = account
        self._owners |= dict.fromkeys(account.identities().values(), account.id)

    def _forget(self, account: Account) -> None:
        stored = self._accounts.get(account.id)
        if stored is None or stored.version != account.version:
            raise PreconditionFailed
        del self._accounts[account.id]
        for key in stored.identities().values():
            del self._owners[key]

    def _raise_taken(self, account: Account) -> None:
        for kind, key in account.identities().items():
            if self._owners.get(key, account.id) != account.id:
                raise AlreadyTaken(kind.capitalize())


def _changed(content: dict[str, Any], changes: Changes, now: int) -> Task:
    content |= {name: value for name, value in changes.items() if name != "completed"}
    content["links"] = content.get("links") or []
    if content.get("updated_at") == _instant(now):
        now += 1
    if "completed" in changes:
        since = content.get("completed_at") or _instant(now)
        content["completed_at"] = since if changes["completed"] else None
    content |= {"updated_at": _instant(now), "version": content["version"] + 1}
    return Task.model_validate(content)


def _instant(now: int) -> datetime:
    return datetime.fromtimestamp(now / 1000, UTC)
