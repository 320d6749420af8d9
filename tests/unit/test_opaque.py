"""Opaque tokens: what was made is read back, and nothing else is."""

from base64 import urlsafe_b64encode
from hashlib import sha256

import pytest

from errand import opaque
from errand.errors import InvalidGrant

USER, ITEM = "06h08q0rf9qcv4e83s3ndg2tl8", "06h08q0rf9qcv4e83s3ndg2tl4"


@pytest.mark.parametrize("ids", [(USER,), (USER, ITEM)], ids=len)
def test_token_is_read_back(ids: tuple[str, ...]) -> None:
    token = opaque.make(*ids)
    read = opaque.parse(token.text, ids=len(ids))
    assert read == token
    assert (read.user_id, read.ids) == (USER, ids)


def test_every_secret_has_256_random_bits() -> None:
    tokens = [opaque.make(USER) for _ in range(3)]
    assert len({token.secret for token in tokens}) == 3
    assert {len(token.secret) for token in tokens} == {32}


def test_digest_is_sha_256_of_the_secret_alone() -> None:
    token = opaque.make(USER, ITEM)
    assert token.digest == sha256(token.secret).hexdigest()
    assert token.digest == opaque.Opaque((ITEM,), token.secret).digest


def test_text_goes_into_forms_and_links_as_it_is() -> None:
    text = opaque.make(USER, ITEM).text
    assert len(text) == 86
    assert text.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(("made", "read"), [(1, 2), (2, 1), (0, 1), (3, 2)])
def test_token_with_another_number_of_ids_is_refused(made: int, read: int) -> None:
    token = opaque.make(*[USER] * made)
    with pytest.raises(InvalidGrant):
        opaque.parse(token.text, ids=read)


GOOD = opaque.Opaque((USER,), bytes(32)).text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "token",
        "\u00e9" * 64,
        "\ud800" * 64,
        "\x00" * 64,
        GOOD[:-1],
        GOOD + "A",
        GOOD + "=",
        GOOD + "==",
        GOOD[:10] + " " + GOOD[10:],
        GOOD[:10] + "\n" + GOOD[10:],
        GOOD[:10] + "*" + GOOD[10:],
        "." + GOOD,
        urlsafe_b64encode(bytes(10_000)).decode(),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidGrant):
        opaque.parse(text)


def test_bits_that_are_left_over_make_no_second_spelling() -> None:
    token = opaque.make(USER, ITEM)  # 64 bytes in 86 characters, of whose bits four are not used
    spellings = [token.text[:-1] + last for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef"]
    accepted = 0
    for text in spellings:
        try:
            accepted += opaque.parse(text, ids=2).text == text
        except InvalidGrant:
            continue
    assert accepted == 2  # those whose last four bits are 0: A and Q
