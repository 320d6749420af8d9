"""Accounts that `make load` makes for itself, and deletes."""

import asyncio
import secrets
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

# An answer that takes longer is a hang.
PATIENCE = 30.0  # seconds
BUSY = frozenset({429, 503})
# Of tokens that are good for 15 minutes.
_RENEWED_AFTER = 600.0  # seconds
_LONGEST_WAIT = 5.0  # seconds
_TRIES = 5


class Refused(Exception):
    """What is not loaded, in one line."""


class Account:
    """Somebody new, and a client of theirs."""

    def __init__(self, url: str, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self.client = httpx.AsyncClient(
            base_url=url,
            timeout=PATIENCE,
            limits=httpx.Limits(max_connections=None),
            trust_env=False,
            transport=transport,
        )
        self.name = f"load-{secrets.token_hex(8)}"
        self.credentials = {"username": self.name, "password": secrets.token_urlsafe(24)}
        self._renew_at = 0.0
        self._is_registered = False

    async def enter(self) -> None:
        """Raises Refused, and what httpx does."""
        answer = await self._patiently("POST", "/register", json=self.credentials)
        if answer.status_code != httpx.codes.CREATED:
            raise Refused(f"{self.client.base_url} registers nobody: {_why(answer)}")
        self._is_registered = True
        await self._log_in()

    async def renew(self) -> None:
        """If it is time to. Raises as `enter` does."""
        if time.monotonic() >= self._renew_at:
            # Others go on with the token that there is.
            self._renew_at = time.monotonic() + _RENEWED_AFTER
            await self._log_in()

    async def leave(self) -> None:
        """Also if nobody has answered that it is there. Raises as `enter` does."""
        try:
            await self._log_in()
        except NobodyThere:
            if not self._is_registered:
                return
            raise
        answer = await self._patiently(
            "DELETE", "/users/me", json={"password": self.credentials["password"]}
        )
        if answer.status_code != httpx.codes.NO_CONTENT:
            raise Refused(_why(answer))

    async def _log_in(self) -> None:
        answer = await self._patiently("POST", "/token", data=self.credentials)
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise NobodyThere(f"{self.client.base_url} logs nobody in: 401")
        if answer.status_code != httpx.codes.OK:
            raise Refused(f"{self.client.base_url} logs nobody in: {_why(answer)}")
        self.client.headers["Authorization"] = f"Bearer {_token(answer)}"
        self._renew_at = time.monotonic() + _RENEWED_AFTER

    async def _patiently(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Come back when told to, if that is soon."""
        for _ in range(_TRIES - 1):
            answer = await self.client.request(method, path, **content)
            wait = _wait(answer)
            if answer.status_code not in BUSY or wait is None or wait > _LONGEST_WAIT:
                return answer
            await asyncio.sleep(wait)
        return await self.client.request(method, path, **content)


class NobodyThere(Refused):
    """No account of that name and password."""


@asynccontextmanager
async def accounts(
    url: str, number: int, *, transport: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[list[Account]]:
    """Deleted at the end, or told on stderr. Raises as `Account.enter` does."""
    made: list[Account] = []
    try:
        for _ in range(number):
            made.append(Account(url, transport=transport))
            await made[-1].enter()
        yield made
    finally:
        for account in made:
            try:
                await account.leave()
            except (Refused, httpx.HTTPError) as error:
                why = str(error) or type(error).__name__
                print(f"load: {account.name} may be left: {why}", file=sys.stderr)
            await account.client.aclose()


def _token(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["access_token"])
    except (ValueError, LookupError, TypeError):
        raise Refused("a log-in has no token") from None


def _wait(answer: httpx.Response) -> float | None:
    wait = answer.headers.get("Retry-After", "")
    return float(wait) if wait.isascii() and wait.isdigit() else None


def _why(answer: httpx.Response) -> str:
    wait = answer.headers.get("Retry-After")
    return f"{answer.status_code}, for {wait} s" if wait else str(answer.status_code)
