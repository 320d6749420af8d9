"""What becomes of a call of AWS, and of who makes it. Chance is seeded."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum, auto
from functools import partial
from random import Random
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from errand_testkit.fakes import ManualClock

# Seconds that attempts of botocore's take.
GIVEN_UP = 6
# Of late calls so many are not there yet when the next is made.
_LATER = 0.8


class Killed(BaseException):
    """Of an instance: nothing of it goes on, and no code of ours gets to see it."""


class Fate(StrEnum):
    NONE = auto()
    REFUSED = auto()  # throttled
    DROPPED = auto()  # it never arrives
    LOST = auto()  # it is carried out, and the answer is lost
    LATE = auto()  # so it is, but after its caller has given up, and others have gone on
    TWICE = auto()  # so it was, and botocore has tried again
    KILLED = auto()  # its caller ends before it
    DEAD = auto()  # and here behind it
    MEANWHILE = auto()  # others go on before it


_FAILURES = [fate for fate in Fate if fate not in {Fate.NONE, Fate.KILLED, Fate.DEAD}]
# What is wrong between two calls alone is rare.
_FAILURES += [Fate.MEANWHILE] * 3


@dataclass(eq=False)
class Process:
    """An instance of a function. `untold`: what it has sent, and not yet put on record.

    `calls`: made in this run, which is killed at the one numbered `last`.
    """

    function: str
    begun_at: int = 0
    ends_at: int = 0
    calls: int = 0
    last: int | None = None
    is_dead: bool = False
    untold: object = None

    def begin(self, now: int, *, seconds: int, last: int | None) -> None:
        """A run that has so many seconds."""
        self.begun_at, self.ends_at = now, now + seconds * 1000
        self.calls, self.last, self.untold = 0, last, None


class Mischief:
    """`share`: of the calls, of which something becomes. `between`: what others do meanwhile."""

    def __init__(self, dice: Random, clock: ManualClock) -> None:
        self.dice = dice
        self.clock = clock
        self.share = 0.0
        self.between: Callable[[], None] = lambda: None
        # Whose call is carried out.
        self.caller = Process("nobody")
        # What was sent without a record of it: it may be sent again.
        self.excuses: Counter[object] = Counter()
        self._late: list[Callable[[], object]] = []

    def happens(self, times: float = 1) -> bool:
        """Something rare, so many times as often as calls fail."""
        return self.dice.random() < self.share * times

    @contextmanager
    def spares(self, somebody: bool) -> Iterator[None]:  # noqa: FBT001 - whether it does
        """Nothing becomes of calls meanwhile: what is too much is no fault of who gives up."""
        share = self.share
        if somebody:
            self.share = 0
        try:
            yield
        finally:
            self.share = share

    def fate(self, process: Process, *, times: float = 1) -> Fate:
        """Of its next call; `times`: so many times as often as others."""
        process.calls += 1
        if process.is_dead or self.clock() >= process.ends_at:
            return Fate.KILLED
        if process.calls == process.last:
            return self.dice.choice([Fate.KILLED, Fate.DEAD])
        return self.dice.choice(_FAILURES) if self.happens(times) else Fate.NONE

    def call[T](self, process: Process, act: Callable[[], T], *, is_late: bool = False) -> T:
        """`is_late`: whether it may arrive late. Raises Killed, and what botocore does."""
        self.arrive()
        fate = self.fate(process)
        if fate is Fate.NONE:
            return self._carry_out(process, act)
        if fate is Fate.MEANWHILE:
            self.between()
            return self._carry_out(process, act)
        if fate in {Fate.LOST, Fate.TWICE, Fate.DEAD}:
            # Of what is refused nobody hears.
            with suppress(ClientError):
                self._carry_out(process, act)
        self._excuse(process)
        match fate:
            case Fate.TWICE:
                return self._carry_out(process, act)
            case Fate.REFUSED:
                refused: Any = {"Error": {"Code": "ThrottlingException", "Message": "No"}}
                raise ClientError(refused, "an operation")
            case Fate.DROPPED | Fate.LOST | Fate.LATE:
                if is_late and fate is Fate.LATE:
                    self._late.append(act)
                self.clock.advance(GIVEN_UP)
                raise ReadTimeoutError(endpoint_url="https://aws")
        raise self.ended(process)

    def arrive(self) -> None:
        """Some of what is late, all if nothing becomes of calls any more."""
        late, self._late = self._late, []
        for act in late:
            if self.share and self.dice.random() < _LATER:
                self._late.append(act)
                continue
            with suppress(ClientError):
                act()

    def ended(self, process: Process) -> Killed:
        """What is raised in it from then on."""
        process.is_dead = True
        self._excuse(process)
        return Killed()

    def _carry_out[T](self, process: Process, act: Callable[[], T]) -> T:
        self.caller, process.untold = process, None
        return act()

    def _excuse(self, process: Process) -> None:
        if process.untold is not None:
            self.excuses[process.untold] += 1
            process.untold = None


class Client:
    """A client of `service` in a process: its methods are those of a fake."""

    def __init__(
        self, mischief: Mischief, process: Process, service: Any, *, is_late: bool = False
    ) -> None:
        self._mischief = mischief
        self._process = process
        self._service = service
        self._is_late = is_late

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._service, name)

        def call(**request: Any) -> Any:
            act = partial(method, **request)
            return self._mischief.call(self._process, act, is_late=self._is_late)

        return call
