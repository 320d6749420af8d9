"""Access tokens: JWT (RFC 7519) signed with HMAC-SHA-256, algorithm and claims pinned."""

from dataclasses import dataclass
from uuid import uuid4

import jwt

from errand.clock import Clock
from errand.errors import InvalidToken
from errand.keys import KeyRing

LIFETIME_SECONDS = 30 * 60
LEEWAY_SECONDS = 10
_ISSUER = _AUDIENCE = "errand"
_ALGORITHM = "HS256"
_CLAIMS = ["iss", "aud", "sub", "iat", "exp", "jti"]
# Ours are under 400: whatever is longer is not worth a signature check.
_MAX_LENGTH = 2048


@dataclass(frozen=True, slots=True)
class AccessToken:
    user_id: str
    expires_at: int  # seconds


class TokenIssuer:
    def __init__(self, *, ring: KeyRing, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock

    def issue(self, user_id: str) -> str:
        now = self._clock() // 1000
        claims = {
            "iss": _ISSUER,
            "aud": _AUDIENCE,
            "sub": user_id,
            "iat": now,
            "exp": now + LIFETIME_SECONDS,
            "jti": uuid4().hex,
        }
        key = self._ring.current
        return jwt.encode(claims, key.secret, _ALGORITHM, headers={"kid": key.kid})

    def verify(self, token: str) -> AccessToken:
        """Raises InvalidToken, for whatever reason."""
        if len(token) > _MAX_LENGTH:
            raise InvalidToken
        try:
            key = self._ring.find(jwt.get_unverified_header(token).get("kid"))
            if key is None:
                raise InvalidToken
            claims = jwt.decode(
                token,
                key.secret,
                algorithms=[_ALGORITHM],
                issuer=_ISSUER,
                audience=_AUDIENCE,
                # The clock is ours, so that it can be handed in.
                options={"require": _CLAIMS, "verify_exp": False, "verify_iat": False},
            )
        except jwt.InvalidTokenError:
            raise InvalidToken from None
        expires_at = claims["exp"]
        if not isinstance(expires_at, int) or expires_at + LEEWAY_SECONDS <= self._clock() / 1000:
            raise InvalidToken
        return AccessToken(claims["sub"], expires_at)
