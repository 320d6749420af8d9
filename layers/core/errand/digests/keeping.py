"""The schedule of each account's digest is kept in step with the account, as reminders are."""

from functools import partial
from typing import Protocol

from errand.digests.mails import DigestMail
from errand.digests.plan import Digest, prefix_of
from errand.identity.accounts.model import Account
from errand.mails.outbox import encode
from errand.scheduling import ScheduleGroup, keep_in_step

# Most people choose the full hour: not all of them are mailed in its first minute.
_WINDOW_MINUTES = 15


class Accounts(Protocol):
    def account(self, user_id: str) -> Account | None: ...


class DigestKeeper:
    """`queue`: of mails of digests, by its ARN; empty in a deployment that sends none."""

    def __init__(self, *, accounts: Accounts, schedules: ScheduleGroup, queue: str) -> None:
        self._accounts = accounts
        self._schedules = schedules
        self._queue = queue

    def follow(self, user_id: str) -> None:
        """Raises Contended, and what botocore does."""
        keep_in_step(partial(self._wanted, user_id), partial(self._keep, user_id))

    def _wanted(self, user_id: str) -> Digest | None:
        account = self._accounts.account(user_id)
        return Digest.of(account) if account is not None and self._queue else None

    def _keep(self, user_id: str, digest: Digest | None) -> None:
        wanted = {digest.name} if digest else set()
        present = self._schedules.names(prefix_of(user_id))
        for name in sorted(present - wanted):
            self._schedules.remove(name)
        if digest is not None and digest.name not in present:
            self._schedules.add(
                digest.name,
                digest.expression,
                zone=digest.zone,
                window_minutes=_WINDOW_MINUTES,
                queue=self._queue,
                message=encode(DigestMail.of(digest)),
            )
