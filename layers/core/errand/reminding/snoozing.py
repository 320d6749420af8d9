"""What whoever reads a reminder can do without a log-in: have it come again, once."""

from dataclasses import dataclass
from enum import StrEnum, auto

from errand.clock import Clock
from errand.codecs import Instant
from errand.errors import NotFound, Overtaken, PreconditionFailed
from errand.identity.accounts.ports import AccountRepository
from errand.identity.caller import Caller
from errand.mails.ports import LinkTokens
from errand.preconditions import Precondition
from errand.reminding.model import SnoozeToken, Until, snoozed
from errand.reminding.plan import moments
from errand.storage.unit import Unit, repeated
from errand.tasks.model import Task
from errand.tasks.schemas import TaskUpdate
from errand.tasks.service import TaskService


class State(StrEnum):
    """What there is to say of the reminder of a link."""

    OPEN = auto()  # it can be snoozed
    SNOOZED = auto()  # it just was
    USED = auto()  # the link has been used before
    DONE = auto()  # its task is completed
    GONE = auto()  # its task is deleted
    CHANGED = auto()  # its task is to be reminded of at other times by now
    FULL = auto()  # its task has as many reminders as it can have


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """`title`: of the task; `at`: when it is reminded of, on the clock of `zone`."""

    state: State
    title: str = ""
    at: Instant | None = None
    zone: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    token: SnoozeToken
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
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._tokens = tokens
        self._tasks = tasks
        self._clock = clock

    def look(self, *, token: str) -> Told:
        """Raises NotFound."""
        seen = self._see(token)
        return _told(seen, seen.state)

    def snooze(self, *, token: str, until: Until) -> Told:
        """Once: the reminder and that the link was used are one write. Raises NotFound."""

        def change(seen: _Seen) -> Told:
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

    def _see(self, text: str) -> _Seen:
        token = self._tokens.find(text, now=self._clock())
        account = self._accounts.read(token.user_id)
        if account is None or account.disabled:
            raise NotFound("There is no such account any more")
        caller = Caller(user_id=account.id, scopes=frozenset(), timezone=account.timezone)
        try:
            task = self._tasks.read(caller=caller, task_id=token.task_id)
        except NotFound:
            task = None
        return _Seen(token=token, caller=caller, state=_state(token, task, caller), task=task)


def _state(token: SnoozeToken, task: Task | None, caller: Caller) -> State:
    if token.used_at is not None:
        return State.USED
    if task is None:
        return State.GONE
    if task.is_completed:
        return State.DONE
    return State.OPEN if token.at in moments(task, caller.timezone) else State.CHANGED


def _told(seen: _Seen, state: State, *, at: Instant | None = None) -> Told:
    title = seen.task.title if seen.task else ""
    return Told(state=state, title=title, at=at, zone=seen.caller.timezone)
