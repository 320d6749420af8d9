"""A network that loses, delays, repeats and reorders what offline clients send."""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import httpx2

from errand_testkit.offline.transport import Command, CursorExpired, Page, Result, Unanswered

# What becomes of a request, and how often.
LOST, ANSWER_LOST, TWICE, LATE = 0.12, 0.12, 0.1, 0.1
OK, GONE = 200, 410


class Network:
    """`client`: of the API. While `is_calm` everything arrives once and is answered."""

    def __init__(self, client: httpx2.Client, random: Random) -> None:
        self._client = client
        self._random = random
        self.is_calm = False
        # Requests that are still under way; and all that ever were, which may come again.
        self.late: list[Sequence[Command]] = []
        self._past: list[Sequence[Command]] = []
        self.failures = 0

    def connected(self, is_cut_off: Callable[[], bool]) -> "Connection":
        return Connection(self, is_cut_off)

    def deliver_one(self) -> None:
        """Of what is late, or was there before; whoever sent it does not hear of it."""
        if self.late:
            place = self._random.randrange(len(self.late))
            self.post(self.late.pop(place))
        elif self._past:
            self.post(self._random.choice(self._past))

    def carry(self, commands: Sequence[Command]) -> Sequence[Result]:
        chance = 1.0 if self.is_calm else self._random.random()
        for share, becomes in (
            (LOST, self._lose),
            (ANSWER_LOST, self._lose_answer),
            (TWICE, self._deliver_twice),
            (LATE, self._delay),
        ):
            if chance < share:
                self.failures += 1
                return becomes(commands)
            chance -= share
        return self.post(commands)

    def post(self, commands: Sequence[Command]) -> Sequence[Result]:
        self._past.append(commands)
        answer = self._client.post("/sync", json={"commands": commands})
        if answer.status_code != OK:
            raise AssertionError(answer.text)
        results: Sequence[Result] = answer.json()["results"]
        return results

    def get(self, cursor: str | None) -> Page:
        if not self.is_calm and self._random.random() < LOST:
            self.failures += 1
            raise Unanswered
        query = {"limit": "20"} | ({"cursor": cursor} if cursor else {})
        answer = self._client.get("/sync", params=query)
        # Now and then the log does not go back as far.
        if answer.status_code == GONE or (
            cursor and not self.is_calm and self._random.random() < LOST / 10
        ):
            raise CursorExpired
        page: Any = answer.json()
        return dict(page)

    def _lose(self, _: Sequence[Command]) -> Sequence[Result]:
        raise Unanswered

    def _lose_answer(self, commands: Sequence[Command]) -> Sequence[Result]:
        self.post(commands)
        raise Unanswered

    def _deliver_twice(self, commands: Sequence[Command]) -> Sequence[Result]:
        self.post(commands)
        return self.post(commands)

    def _delay(self, commands: Sequence[Command]) -> Sequence[Result]:
        self.late.append(commands)
        raise Unanswered


class Connection:
    """A device's: errand_testkit.offline.transport.Transport."""

    def __init__(self, network: Network, is_cut_off: Callable[[], bool]) -> None:
        self._network = network
        self._is_cut_off = is_cut_off

    def changes(self, cursor: str | None) -> Page:
        self._check()
        return self._network.get(cursor)

    def send(self, commands: Sequence[Command]) -> Sequence[Result]:
        self._check()
        return self._network.carry(commands)

    def _check(self) -> None:
        if self._is_cut_off():
            raise Unanswered
