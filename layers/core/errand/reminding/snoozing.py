"""What whoever reads a reminder, or a digest, can do without a log-in: have it come later, once."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from enum import StrEnum, auto

from errand.clock import Clock
from errand.codecs import Instant
from errand.errors import InvalidInput, NotFound, Overtaken, PreconditionFailed
from errand.identity.accounts.model import Account
from errand.identity.accounts.ports import AccountRepository
from errand.identity.caller import Caller
from errand.mails.ports import LinkTokens
from errand.preconditions import Precondition
from errand.reminding.model import OF_DIGESTS, SnoozeToken, Until, snoozed
from errand.reminding.plan import moments
from errand.storage.unit import Store, Unit, repeated
from errand.tasks.model import Task
from errand.tasks.service import TaskService
from errand.tasks.update_schemas import TaskUpdate


class State(StrEnum):
    """What there is to say of the reminder of a link."""

    OPEN = auto()  # it can be snoozed
    SNOOZED = auto()  # it just was
    USED = auto()  # the link has been used before
    DONE = auto()  # its task is completed
    GONE = auto()  # its task is deleted
    CHANGED = auto()  # its task is to be reminded of at other times by now
    FULL = auto()  # its task has as many reminders as it can have
    DIGEST = auto()  # digests can be paused
    PAUSED = auto()  # they just were
    OFF = auto()  # there are none


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """`title`: of the task; `at`: when it is reminded of, on the clock of `zone`.

    `day`: of the next digest.
    """

    state: State
    title: str = ""
    at: Instant | None = None
    zone: str = ""
    day: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    token: SnoozeToken
    account: Account
    caller: Caller
    state: State
    task: Task | None


class SnoozeService:
    def __init__(
        self,
        *,
        accounts: AccountRepository,
        tokens: LinkTokens[SnoozeToken],
        tasks: TaskService,
        store: Store,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._tasks = tasks
        self._store = store
        self._clock = clock

    def look(self, *, token: str) -> Told:
        """Raises NotFound."""
        seen = self._see(token)
        return _told(seen, seen.state)

    def snooze(self, *, token: str, until: Until) -> Told:
        """Once: what it changes and that the link was used are one write.

        Raises NotFound; InvalidInput for what no digest is paused until.
        """

        def change(seen: _Seen) -> Told:
            if seen.state is State.DIGEST:
                return self._pause(seen, until)
            if seen.state is not State.OPEN or seen.task is None:
                return _told(seen, seen.state)
            now = self._clock()
            at = until.moment(now, seen.caller.timezone)
            reminders = snoozed(seen.task, sent=seen.token.at, to=at, now=now)
            if reminders is None:
                return _told(seen, State.FULL)

            def spend(unit: Unit, _: Task) -> None:
                self._tokens.spend(unit, seen.token, now=now)

            update = TaskUpdate.model_construct({"reminders"}, reminders=reminders)
            try:
                self._tasks.update(
                    caller=seen.caller,
                    task_id=seen.task.id,
                    update=update,
                    expected=Precondition(frozenset({seen.task.version})),
                    beside=spend,
                )
            except (PreconditionFailed, NotFound):
                raise Overtaken from None
            return _told(seen, State.SNOOZED, at=at)

        return repeated(lambda: self._see(token), change)

    def _pause(self, seen: _Seen, until: Until) -> Told:
        if until not in OF_DIGESTS:
            raise InvalidInput(f"until must be one of {', '.join(OF_DIGESTS)}")
        now = self._clock()
        day = until.day(now, seen.account.timezone)
        unit = Unit()
        self._tokens.spend(unit, seen.token, now=now)
        self._accounts.change(unit, seen.account, {"digest_paused_until": day}, now=now)
        self._store.commit(unit)
        return Told(state=State.PAUSED, day=day)

    def _see(self, text: str) -> _Seen:
        token = self._tokens.find(text, now=self._clock())
        account = self._accounts.read(token.user_id)
        if account is None or account.disabled:
            raise NotFound("There is no such account any more")
        caller = Caller(user_id=account.id, scopes=frozenset(), timezone=account.timezone)
        task = None
        with suppress(NotFound):
            if token.task_id is not None:
                task = self._tasks.read(caller=caller, task_id=token.task_id)
        state = _state(token, account, task)
        return _Seen(token=token, account=account, caller=caller, state=state, task=task)


def _state(token: SnoozeToken, account: Account, task: Task | None) -> State:
    if token.used_at is not None:
        return State.USED
    if token.task_id is None:
        return State.DIGEST if account.digest_time is not None else State.OFF
    if task is None:
        return State.GONE
    if task.is_completed:
        return State.DONE
    return State.OPEN if token.at in moments(task, account.timezone) else State.CHANGED


def _told(seen: _Seen, state: State, *, at: Instant | None = None) -> Told:
    title = seen.task.title if seen.task else ""
    return Told(state=state, title=title, at=at, zone=seen.caller.timezone)
