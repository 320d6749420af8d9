"""Access tokens: what is issued verifies, and nothing else does."""

import json
from typing import Any

import jwt
import pytest

from errand.errors import InvalidToken
from errand.identity.access_tokens import (
    DEVICE_LIFETIME_SECONDS,
    LEEWAY_SECONDS,
    LIFETIME_SECONDS,
    TokenIssuer,
)
from errand.identity.scopes import Scope
from errand.ids import new_id
from errand.keys import Key, KeyRing
from errand_testkit.fakes import ManualClock

USER, SESSION = new_id(), new_id()
SCOPES = frozenset({Scope.TASKS_READ, Scope.ACCOUNT_READ})
OTHER = Key("other", b"a key of somebody else, long enough")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def issuer(ring: KeyRing, clock: ManualClock) -> TokenIssuer:
    return TokenIssuer(ring=ring, clock=clock)


def _issued(issuer: TokenIssuer) -> str:
    return issuer.issue(user_id=USER, session_id=SESSION, scopes=SCOPES)


def _claims(clock: ManualClock, **changes: Any) -> dict[str, Any]:
    now = clock() // 1000
    claims = {
        "iss": "errand",
        "aud": "errand",
        "sub": USER,
        "iat": now,
        "exp": now + 60,
        "jti": "1",
        "sid": SESSION,
        "scope": "tasks:read",
    }
    return {name: value for name, value in (claims | changes).items() if value is not None}


def _signed(claims: dict[str, Any], key: Key, **headers: Any) -> str:
    return jwt.encode(claims, key.secret, "HS256", headers={"kid": key.kid} | headers)


def test_issued_token_names_user_session_and_scopes(
    issuer: TokenIssuer, clock: ManualClock
) -> None:
    access = issuer.verify(_issued(issuer))
    assert (access.user_id, access.session_id, access.scopes) == (USER, SESSION, SCOPES)
    assert access.expires_at == clock() // 1000 + LIFETIME_SECONDS


def test_access_token_is_good_for_a_quarter_of_an_hour() -> None:
    assert (LIFETIME_SECONDS, LEEWAY_SECONDS) == (15 * 60, 10)


def test_access_token_says_no_more_than_it_must(issuer: TokenIssuer) -> None:
    claims = jwt.decode(_issued(issuer), options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "sid", "scope", "iat", "exp", "jti"}
    assert claims["scope"] == "account:read tasks:read"


@pytest.mark.parametrize("now", [0, 4_102_444_800_000], ids=["1970", "2100"])
def test_clock_that_counts_is_the_one_handed_in(ring: KeyRing, now: int) -> None:
    issuer = TokenIssuer(ring=ring, clock=ManualClock(now))
    assert issuer.verify(_issued(issuer)).user_id == USER


def test_no_two_tokens_are_the_same(issuer: TokenIssuer) -> None:
    assert _issued(issuer) != _issued(issuer)


def test_token_lives_for_its_lifetime_and_the_leeway(
    issuer: TokenIssuer, clock: ManualClock
) -> None:
    token = _issued(issuer)
    clock.advance(seconds=LIFETIME_SECONDS + LEEWAY_SECONDS - 1)
    assert issuer.verify(token)
    clock.advance(seconds=1)
    with pytest.raises(InvalidToken):
        issuer.verify(token)


def test_token_outlives_the_rotation_of_its_key(ring: KeyRing, clock: ManualClock) -> None:
    token = _issued(TokenIssuer(ring=ring, clock=clock))
    rotated = KeyRing((OTHER, *ring.keys))
    assert TokenIssuer(ring=rotated, clock=clock).verify(token).user_id == USER


def test_new_tokens_are_signed_with_the_first_key(ring: KeyRing, clock: ManualClock) -> None:
    token = _issued(TokenIssuer(ring=KeyRing((OTHER, *ring.keys)), clock=clock))
    assert jwt.get_unverified_header(token) == {"typ": "JWT", "alg": "HS256", "kid": OTHER.kid}


def test_token_does_not_outlive_its_key(issuer: TokenIssuer, clock: ManualClock) -> None:
    with pytest.raises(InvalidToken):
        TokenIssuer(ring=KeyRing((OTHER,)), clock=clock).verify(_issued(issuer))


def test_claims_of_this_issuer_are_accepted(
    issuer: TokenIssuer, ring: KeyRing, clock: ManualClock
) -> None:
    assert issuer.verify(_signed(_claims(clock), ring.current)).user_id == USER


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "scope", "iat", "exp", "jti"])
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
        {"sub": "ada"},
        {"sid": 7},
        {"sid": True},
        {"sid": {}},
        {"sid": ["06h08q0rf9qcv4e83s3ndg2tl4"]},
        {"sid": ""},
        {"sid": "a#b"},
        {"sid": "\ud800"},
        {"scope": True},
        {"scope": "root"},
        {"scope": ["tasks:read"]},
        {"scope": 7},
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
    "token", ["", ".", "..", "a.b.c", "\u00e9", "\ud800", "\x00", "Bearer", "x" * 10_000]
)
def test_anything_else_is_refused(issuer: TokenIssuer, token: str) -> None:
    with pytest.raises(InvalidToken):
        issuer.verify(token)


@pytest.mark.parametrize("kind", ["access", "device"])
def test_nothing_is_computed_over_a_long_text(
    issuer: TokenIssuer,
    ring: KeyRing,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    long = _signed(_claims(clock, note="x" * 2048), ring.current)

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("was looked at")

    monkeypatch.setattr(jwt, "get_unverified_header", refuse)
    monkeypatch.setattr(jwt, "decode", refuse)
    if kind == "device":
        assert issuer.device(long, user_id=USER, generation=3) is None
    else:
        with pytest.raises(InvalidToken):
            issuer.verify(long)


def test_our_own_tokens_are_far_from_being_too_long(issuer: TokenIssuer) -> None:
    token = issuer.issue(user_id=USER, session_id=SESSION, scopes=frozenset(Scope))
    assert len(token) < 600


def _device(issuer: TokenIssuer, user_id: str = USER, generation: int = 3) -> str:
    return issuer.issue_for_device(user_id=user_id, generation=generation)


def test_device_is_known_to_whoever_logged_in_on_it(issuer: TokenIssuer) -> None:
    token = _device(issuer)
    known = issuer.device(token, user_id=USER, generation=3)
    assert known
    assert known != issuer.device(_device(issuer), user_id=USER, generation=3)


def test_device_is_known_to_nobody_else_and_no_longer_than_the_credentials(
    issuer: TokenIssuer,
) -> None:
    token = _device(issuer)
    assert issuer.device(token, user_id=new_id(), generation=3) is None
    for generation in (0, 2, 4, 30):
        assert issuer.device(token, user_id=USER, generation=generation) is None


def test_device_token_tells_no_name(issuer: TokenIssuer) -> None:
    claims = jwt.decode(_device(issuer), options={"verify_signature": False})
    assert set(claims) == {"iss", "aud", "sub", "gen", "iat", "exp", "jti"}


def test_device_is_known_for_half_a_year(issuer: TokenIssuer, clock: ManualClock) -> None:
    token = _device(issuer)
    clock.advance(seconds=DEVICE_LIFETIME_SECONDS)
    assert issuer.device(token, user_id=USER, generation=3)
    clock.advance(seconds=LEEWAY_SECONDS)
    assert issuer.device(token, user_id=USER, generation=3) is None


def test_device_token_opens_nothing(issuer: TokenIssuer) -> None:
    with pytest.raises(InvalidToken):
        issuer.verify(_device(issuer))


def test_audience_alone_tells_them_apart(
    issuer: TokenIssuer, ring: KeyRing, clock: ManualClock
) -> None:
    with pytest.raises(InvalidToken):
        issuer.verify(_signed(_claims(clock, aud="errand-devices"), ring.current))


def test_access_token_makes_no_device_known(issuer: TokenIssuer, ring: KeyRing) -> None:
    device = jwt.decode(_device(issuer), options={"verify_signature": False})
    for_us = _signed(device | {"aud": "errand"}, ring.current)
    for token in (_issued(issuer), for_us, None, "", "token", "\ud800"):
        assert issuer.device(token, user_id=USER, generation=3) is None
