"""Access tokens: JWT (RFC 7519) signed with HMAC-SHA-256, algorithm and claims pinned.

Device tokens are of the same kind, for another audience: they tell a device that somebody has
logged in on before, and open nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import uuid4

import jwt

from errand.clock import Clock
from errand.errors import InvalidToken
from errand.identity.scopes import Scope, joined, parsed
from errand.ids import is_id
from errand.keys import Keys

LIFETIME_SECONDS = 15 * 60
LEEWAY_SECONDS = 10
DEVICE_LIFETIME_SECONDS = 180 * 24 * 60 * 60
_ISSUER = _AUDIENCE = "errand"
_DEVICES = "errand-devices"
_ALGORITHM = "HS256"
_CLAIMS = ("iss", "aud", "sub", "iat", "exp", "jti")
# Ours are under 600: whatever is longer is not worth a signature check.
_MAX_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class AccessToken:
    user_id: str
    session_id: str
    scopes: frozenset[Scope]
    expires_at: int  # seconds


class TokenIssuer:
    def __init__(self, *, ring: Keys, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock

    def issue(self, *, user_id: str, session_id: str, scopes: frozenset[Scope]) -> str:
        claims = {"sub": user_id, "sid": session_id, "scope": joined(scopes)}
        return self._signed(claims, _AUDIENCE, LIFETIME_SECONDS)

    def verify(self, token: str) -> AccessToken:
        """Raises InvalidToken, for whatever reason."""
        claims = self._verified(token, _AUDIENCE, (*_CLAIMS, "sid", "scope"))
        user_id, session_id, scope = claims["sub"], claims["sid"], claims["scope"]
        if not (is_id(user_id) and is_id(session_id) and isinstance(scope, str)):
            raise InvalidToken
        try:
            return AccessToken(user_id, session_id, parsed(scope), claims["exp"])
        except ValueError:
            raise InvalidToken from None

    def issue_for_device(self, *, user_id: str, generation: int) -> str:
        claims = {"sub": user_id, "gen": str(generation)}
        return self._signed(claims, _DEVICES, DEVICE_LIFETIME_SECONDS)

    def device(self, token: str | None, *, user_id: str, generation: int) -> str | None:
        """The id of the device, if `token` tells that this user has logged in on it.

        With the password and the second step that they still have: those are of one generation.
        """
        if not token:
            return None
        try:
            claims = self._verified(token, _DEVICES, (*_CLAIMS, "gen"))
        except InvalidToken:
            return None
        device: str = claims["jti"]
        is_known = (claims["sub"], claims["gen"]) == (user_id, str(generation))
        return device if is_known else None

    def _signed(self, claims: Mapping[str, str], audience: str, lifetime: int) -> str:
        now = self._clock() // 1000
        key = self._ring.current
        content = {
            "iss": _ISSUER,
            "aud": audience,
            **claims,
            "iat": now,
            "exp": now + lifetime,
            "jti": uuid4().hex,
        }
        return jwt.encode(content, key.secret, _ALGORITHM, headers={"kid": key.kid})

    def _verified(self, token: str, audience: str, required: Sequence[str]) -> dict[str, Any]:
        if len(token) > _MAX_LENGTH:
            raise InvalidToken
        try:
            key = self._ring.find(_kid(token.partition(".")[0]))
            if key is None:
                raise InvalidToken
            claims = jwt.decode(
                token,
                key.secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=audience,
                # The clock is ours, so that it can be handed in.
                options={"require": list(required), "verify_exp": False, "verify_iat": False},
            )
        # Half a character is no text that PyJWT can take for bytes.
        except (jwt.InvalidTokenError, UnicodeEncodeError):
            raise InvalidToken from None
        expires_at = claims["exp"]
        if not isinstance(expires_at, int) or expires_at + LEEWAY_SECONDS <= self._clock() / 1000:
            raise InvalidToken
        return claims


@lru_cache(maxsize=16)
def _kid(head: str) -> object:
    """Of the first part of a token: all of one key have the same."""
    # PyJWT reads whole tokens only, and reads them anew when it verifies them.
    return jwt.get_unverified_header(f"{head}.e30.").get("kid")
