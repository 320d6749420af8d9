"""Points of P-256 are told from whatever else has their length."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from errand.push.points import LENGTH, is_point

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1


def of(secret: int) -> bytes:
    key = ec.derive_private_key(secret, ec.SECP256R1()).public_key()
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def is_taken(key: bytes) -> bool:
    """By those who compute with it."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key)
    except ValueError:
        return False
    return True


@given(st.integers(1, _ORDER - 1))
def test_public_key_is_one(secret: int) -> None:
    assert is_point(of(secret))


@given(st.integers(1, _ORDER - 1), st.integers(1, LENGTH - 1), st.integers(1, 255))
def test_what_is_taken_is_one_and_nothing_else(secret: int, place: int, change: int) -> None:
    key = bytearray(of(secret))
    key[place] ^= change
    assert is_point(bytes(key)) is is_taken(bytes(key))


@pytest.mark.parametrize(
    "key",
    [
        b"",
        bytes(LENGTH),
        b"\x04" + bytes(LENGTH - 1),
        of(1)[:-1],
        of(1) + b"\x00",
        b"\x02" + of(1)[1:33],
        b"\x05" + of(1)[1:],
        # The generator once more, its x above the field's prime.
        b"\x04" + ((int.from_bytes(of(1)[1:33]) + _P) % 2**256).to_bytes(32) + of(1)[33:],
    ],
)
def test_what_is_none_is_refused(key: bytes) -> None:
    assert not is_point(key)
    assert key[:1] in {b"\x02", b""} or not is_taken(key)
