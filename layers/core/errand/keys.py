"""The signing keys: one that signs, earlier ones that still verify, followed as they rotate."""

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from hmac import digest
from threading import Lock
from typing import Protocol

from botocore.session import Session

from errand import aws
from errand.clock import Clock, system_clock
from errand.errors import ConfigurationError

MIN_KEY_LENGTH = 32
MAX_AGE_MS = 10 * 60_000
RETRY_MS = 60_000
SEARCH_PAUSE_MS = 10_000

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Key:
    kid: str
    secret: bytes

    def derived(self, purpose: str) -> bytes:
        """A key that is of no use for anything but `purpose`."""
        return _derive(self.secret, purpose)


@cache
def _derive(secret: bytes, purpose: str) -> bytes:
    return digest(secret, purpose.encode(), sha256)


class Keys(Protocol):
    """What signs and verifies, as it is at this moment."""

    @property
    def current(self) -> Key: ...

    def find(self, kid: object) -> Key | None: ...


@dataclass(frozen=True)
class KeyRing:
    """`keys[0]` signs; any of them verifies."""

    keys: tuple[Key, ...]

    @property
    def current(self) -> Key:
        return self.keys[0]

    def find(self, kid: object) -> Key | None:
        return next((key for key in self.keys if key.kid == kid), None)


class LiveRing:
    """Keys that follow their secret, and stay as they are while it cannot be read.

    A new key is found when it is first met, a withdrawn one is gone after 10 minutes.
    """

    def __init__(self, load: Callable[[], KeyRing], clock: Clock) -> None:
        self._load = load
        self._clock = clock
        self._lock = Lock()
        self._search_from = 0
        self.reload()

    @property
    def current(self) -> Key:
        return self._fresh().current

    def find(self, kid: object) -> Key | None:
        key = self._fresh().find(kid)
        return self._search(kid) if key is None and isinstance(kid, str) else key

    def reload(self) -> None:
        """Raises whatever `load` raises, and changes nothing then."""
        self._ring = self._load()
        self._due = self._clock() + MAX_AGE_MS

    def _fresh(self) -> KeyRing:
        # One thread reloads, the others go on with what there is.
        if self._clock() >= self._due and self._lock.acquire(blocking=False):
            try:
                self._try_to_reload()
            finally:
                self._lock.release()
        return self._ring

    def _search(self, kid: str) -> Key | None:
        """Another instance may have signed with a key made since; or it is made up, every time."""
        with self._lock:
            key = self._ring.find(kid)
            now = self._clock()
            if key is None and now >= self._search_from:
                self._search_from = now + SEARCH_PAUSE_MS
                self._try_to_reload()
                key = self._ring.find(kid)
            return key

    def _try_to_reload(self) -> None:
        try:
            self.reload()
        except ConfigurationError as error:
            self._put_off(error.code)
        except aws.AWS_ERRORS as error:
            self._put_off(aws.reason(error))

    def _put_off(self, why: str) -> None:
        self._due = self._clock() + RETRY_MS
        _log.warning("Signing keys not reloaded", extra={"reason": why})


def parse_ring(text: str) -> KeyRing:
    """`{"kid": …, "key": …, "previous": [{"kid": …, "key": …}]}`. Raises ConfigurationError."""
    try:
        content = json.loads(text)
        entries = [content, *content.get("previous", [])]
        keys = tuple(Key(str(entry["kid"]), entry["key"].encode()) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError):
        # The text is a secret: it must not appear in a traceback.
        raise ConfigurationError("The signing secret is not of the documented form") from None
    if any(len(key.secret) < MIN_KEY_LENGTH for key in keys):
        raise ConfigurationError(f"A signing key is shorter than {MIN_KEY_LENGTH} characters")
    return KeyRing(keys)


def load_ring(
    secret_id: str, *, session: Session | None = None, clock: Clock = system_clock
) -> LiveRing:
    """The ring kept in AWS Secrets Manager under the name or ARN `secret_id`.

    A `session` that has made a client makes the next for half the price.
    """
    client = aws.client("secretsmanager", read_timeout=3, session=session)

    def load() -> KeyRing:
        answer = client.get_secret_value(SecretId=secret_id)
        # Long before it is needed again, the other end will have dropped the connection.
        client.close()
        return parse_ring(answer.get("SecretString", ""))

    return LiveRing(load, clock)
