"""What is encrypted is what RFC 8291 has, and what another implementation reads."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from errand.push.encryption import CONTENT_MAX, encrypted, point_of
from errand.push.payload import payload
from errand.push.points import LENGTH
from errand.reminding.requests import TimeToRemind
from errand.tasks.model import TITLE_MAX, Task
from errand_testkit.people import ADA, NOW
from errand_testkit.push import Browser, from_base64url

# RFC 8291, appendix A.
RECEIVER = from_base64url(
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
)
AUTH = from_base64url("BTBZMqHH6r4Tts7J_aSIgg")
SENDER = from_base64url("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")
SALT = from_base64url("DGv6ra1nlYgDCS1FRnbzlw")
MESSAGE = from_base64url(
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6T"
    "lzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4"
    "a-fN"
)


def test_message_of_the_rfc_is_made_byte_for_byte() -> None:
    own = ec.derive_private_key(int.from_bytes(SENDER), ec.SECP256R1())
    made = encrypted(
        b"When I grow up, I want to be a watermelon",
        public_key=RECEIVER,
        auth=AUTH,
        own=own,
        salt=SALT,
    )
    assert made == MESSAGE


def test_browser_reads_what_is_for_it_and_no_other_does() -> None:
    browser, other = Browser(), Browser()
    made = encrypted(b'{"a":1}', public_key=browser.public_key, auth=browser.auth)
    assert browser.read(made) == {"a": 1}
    with pytest.raises(Exception, match="Decryption error"):
        other.read(made)


def test_each_message_has_a_key_and_a_salt_of_its_own() -> None:
    browser = Browser()
    first, second = (
        encrypted(b"{}", public_key=browser.public_key, auth=browser.auth) for _ in range(2)
    )
    assert first[:16] != second[:16]
    assert first[21 : 21 + LENGTH] != second[21 : 21 + LENGTH]


@pytest.mark.parametrize("key", [b"", bytes(LENGTH), b"\x04" + bytes(LENGTH - 1)])
def test_key_that_is_none_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        encrypted(b"{}", public_key=key, auth=AUTH)


def test_longest_title_fits_and_what_does_not_is_refused() -> None:
    for letter in ("😀", '"', "\\"):
        task = Task.new("06h04oaa3dpa700lnaafu6cr44", {"title": letter * TITLE_MAX}, now=NOW)
        told = payload(TimeToRemind(user_id=ADA.id, task_id=task.id, at=NOW), task)
        assert len(told) < CONTENT_MAX
        made = encrypted(told, public_key=RECEIVER, auth=AUTH)
        assert len(made) <= 4096
    encrypted(bytes(CONTENT_MAX), public_key=RECEIVER, auth=AUTH)
    with pytest.raises(ValueError, match="more than"):
        encrypted(bytes(CONTENT_MAX + 1), public_key=RECEIVER, auth=AUTH)


def test_point_is_that_of_the_rfc() -> None:
    own = ec.derive_private_key(int.from_bytes(SENDER), ec.SECP256R1())
    assert point_of(own) == MESSAGE[21 : 21 + LENGTH]
