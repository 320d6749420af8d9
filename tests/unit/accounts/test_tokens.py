"""Access tokens: what is issued verifies, and nothing else does."""

import json
from typing import Any

import jwt
import pytest

from errand.accounts.tokens import LEEWAY_SECONDS, LIFETIME_SECONDS, TokenIssuer
from errand.errors import InvalidToken
from errand.ids import new_id
from errand.keys import Key, KeyRing
from errand_testkit.fakes import ManualClock

USER = new_id()
OTHER = Key("other", b"a key of somebody else, long enough")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def issuer(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


def _claims(clock: ManualClock, **changes: Any) -> dict[str, Any]:
    now = clock() // 1000
    claims = {
        "iss": "errand",
        "aud": "errand",
        "sub": USER,
        "iat": now,
        "exp": now + 60,
        "jti": "1",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def _signed(claims: dict[str, Any], key: Key, **headers: Any) -> str:
    return jwt.encode(claims, key.secret, "HS256", headers={"kid": key.kid} | headers)


def test_issued_token_names_its_user(issuer: TokenIssuer, clock: ManualClock) -> None:
    access = issuer.verify(issuer.issue(USER))
    assert access.user_id == USER
    assert access.expires_at == clock() // 1000 + LIFETIME_SECONDS


@pytest.mark.parametrize("now", [0, 4_102_444_800_000], ids=["1970", "2100"])
def test_clock_that_counts_is_the_one_handed_in(ring: KeyRing, now: int) -> None:
    issuer = TokenIssuer(ring=ring, clock=ManualClock(now))
    assert issuer.verify(issuer.issue(USER)).user_id == USER


def test_no_two_tokens_are_the_same(issuer: TokenIssuer) -> None:
    assert issuer.issue(USER) != issuer.issue(USER)


def test_token_lives_for_its_lifetime_and_the_leeway(
    issuer: TokenIssuer, clock: ManualClock
) -> None:
    token = issuer.issue(USER)
    clock.advance(seconds=LIFETIME_SECONDS + LEEWAY_SECONDS - 1)
    assert issuer.verify(token)
    clock.advance(seconds=1)
    with pytest.raises(InvalidToken):
        issuer.verify(token)


def test_token_outlives_the_rotation_of_its_key(ring: KeyRing, clock: ManualClock) -> None:
    token = TokenIssuer(ring=ring, clock=clock).issue(USER)
    rotated = KeyRing((OTHER, *ring.keys))
    assert TokenIssuer(ring=rotated, clock=clock).verify(token).user_id == USER


def test_new_tokens_are_signed_with_the_first_key(ring: KeyRing, clock: ManualClock) -> None:
    token = TokenIssuer(ring=KeyRing((OTHER, *ring.keys)), clock=clock).issue(USER)
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "HS256", "kid": OTHER.kid}


def test_token_does_not_outlive_its_key(issuer: TokenIssuer, clock: ManualClock) -> None:
    with pytest.raises(InvalidToken):
        TokenIssuer(ring=KeyRing((OTHER,)), clock=clock).verify(issuer.issue(USER))


def test_claims_of_this_issuer_are_accepted(
    issuer: TokenIssuer, ring: KeyRing, clock: ManualClock
) -> None:
    assert issuer.verify(_signed(_claims(clock), ring.current)).user_id == USER


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "iat", "exp", "jti"])
def test_every_claim_is_required(
    issuer: TokenIssuer, ring: KeyRing, clock: ManualClock, claim: str
) -> None:
    with pytest.raises(InvalidToken):
        issuer.verify(_signed(_claims(clock, **{claim: None}), ring.current))


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody"},
        {"aud": "somebody"},
        {"aud": ["somebody", "else"]},
        {"exp": "tomorrow"},
        {"exp": 1e300},
        {"exp": 0},
        {"exp": -1},
        {"sub": 7},
        {"nbf": 1e15},
    ],
    ids=str,
)
def test_claims_must_be_right(
    issuer: TokenIssuer, ring: KeyRing, clock: ManualClock, changes: dict[str, Any]
) -> None:
    claims = _claims(clock) | changes
    # Below PyJWT's encode, which refuses some of these itself.
    payload = json.dumps(claims).encode()
    headers = {"kid": ring.current.kid}
    token = jwt.api_jws.encode(payload, ring.current.secret, "HS256", headers=headers)
    with pytest.raises(InvalidToken):
        issuer.verify(token)


def test_signature_must_be_right(issuer: TokenIssuer, ring: KeyRing, clock: ManualClock) -> None:
    forged = Key(ring.current.kid, OTHER.secret)
    with pytest.raises(InvalidToken):
        issuer.verify(_signed(_claims(clock), forged))


def test_unsigned_token_is_refused(issuer: TokenIssuer, ring: KeyRing, clock: ManualClock) -> None:
    unsigned = jwt.encode(_claims(clock), "", "none", headers={"kid": ring.current.kid})
    with pytest.raises(InvalidToken):
        issuer.verify(unsigned)


def test_other_algorithm_is_refused(issuer: TokenIssuer, ring: KeyRing, clock: ManualClock) -> None:
    key = Key(ring.current.kid, ring.current.secret * 2)
    token = jwt.encode(_claims(clock), key.secret, "HS512", headers={"kid": key.kid})
    with pytest.raises(InvalidToken):
        issuer.verify(token)


@pytest.mark.parametrize("kid", [None, "unknown"])
def test_token_of_no_known_key_is_refused(
    issuer: TokenIssuer, ring: KeyRing, clock: ManualClock, kid: str | None
) -> None:
    headers = {"kid": kid} if kid else {}
    with pytest.raises(InvalidToken):
        issuer.verify(jwt.encode(_claims(clock), ring.current.secret, "HS256", headers=headers))


@pytest.mark.parametrize(
    "token", ["", ".", "..", "a.b.c", "\u00e9", "\x00", "Bearer", "x" * 10_000]
)
def test_anything_else_is_refused(issuer: TokenIssuer, token: str) -> None:
    with pytest.raises(InvalidToken):
        issuer.verify(token)


def test_no_signature_is_computed_over_a_long_text(
    issuer: TokenIssuer, ring: KeyRing, clock: ManualClock
) -> None:
    with pytest.raises(InvalidToken):
        issuer.verify(_signed(_claims(clock, note="x" * 2048), ring.current))
