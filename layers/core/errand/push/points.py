"""Points of P-256, which browsers send as their keys: told from other bytes by plain numbers.

Those who compute with them do so with a library; who only registers them needs none.
"""

# NIST SP 800-186, 3.2.1.3.
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B

LENGTH = 65
_UNCOMPRESSED = 4


def is_point(key: bytes) -> bool:
    """Whether it is one of the curve's, uncompressed (SEC 1, 2.3.4)."""
    if len(key) != LENGTH or key[0] != _UNCOMPRESSED:
        return False
    x, y = int.from_bytes(key[1:33]), int.from_bytes(key[33:])
    return x < _P and y < _P and (y * y - (x * x * x - 3 * x + _B)) % _P == 0
