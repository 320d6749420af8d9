"""Who sends says so by a signature for one push service, good for half a day (RFC 8292)."""

import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from errand.errors import ConfigurationError
from errand.push.points import is_point
from errand.push.vapid import LASTS_SECONDS, Vapid, key_of
from errand_testkit.fakes import ManualClock
from errand_testkit.push import from_base64url

SECRET = json.dumps({"key": "k" * 64})
CONTACT = "mailto:errand@example.com"


def told(header: str) -> tuple[str, str]:
    """Token and key of an Authorization header."""
    scheme, _, parameters = header.partition(" ")
    assert scheme == "vapid"
    pairs = dict(part.split("=", 1) for part in parameters.split(", "))
    return pairs["t"], pairs["k"]


def verified(token: str, key: str, audience: str) -> Mapping[str, Any]:
    point = from_base64url(key)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    options: Any = {"verify_exp": False}
    return jwt.decode(token, public, algorithms=["ES256"], audience=audience, options=options)


@pytest.mark.parametrize(
    ("endpoint", "audience"),
    [
        ("https://push.example.com/send/1?a=b", "https://push.example.com"),
        ("https://push.example.com:8443/send/1", "https://push.example.com:8443"),
    ],
)
def test_signature_is_for_one_push_service(endpoint: str, audience: str) -> None:
    clock = ManualClock()
    vapid = Vapid(key_of(SECRET), contact=CONTACT, clock=clock)
    token, key = told(vapid.authorization(endpoint))
    assert key == vapid.public_key
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT"}
    assert verified(token, key, audience) == {
        "aud": audience,
        "exp": clock() // 1000 + LASTS_SECONDS,
        "sub": CONTACT,
    }
    assert LASTS_SECONDS < 24 * 60 * 60


def test_key_is_always_the_same_and_another_of_another_secret() -> None:
    def public(secret: str) -> str:
        return Vapid(key_of(secret), contact=CONTACT, clock=ManualClock()).public_key

    # Of a release that made another one, every browser would have to be subscribed anew.
    assert public(SECRET) == (
        "BB9FsCDUpJ-U6RWla9T7Wcvp0GfM_qJnzDEREI3ZULFijC3vGry4FmMvwVODB58quaFivaG_Dh47-gVauJNPeaE"
    )
    assert public(SECRET) != public(json.dumps({"key": "l" * 64}))
    assert is_point(from_base64url(public(SECRET)))


@pytest.mark.parametrize(
    "secret", ["", "no JSON", "[]", "{}", '{"key": 1}', json.dumps({"key": "k" * 31})]
)
def test_secret_of_another_form_is_refused_and_not_told(secret: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        key_of(secret)
    assert "kkk" not in str(refused.value)
