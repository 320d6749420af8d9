"""Ids sort by age, are never made twice, and are told from anything else."""

import time
from base64 import b32hexdecode, b32hexencode
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.ids import is_id, new_id


def _written(value: UUID) -> str:
    return b32hexencode(value.bytes).decode().rstrip("=").lower()


def test_later_ids_sort_after_earlier_ones() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))


def test_new_id_is_an_id_and_a_uuid_of_now() -> None:
    text = new_id()
    assert is_id(text)
    value = UUID(bytes=b32hexdecode(text.upper() + "======"))
    assert (value.variant, value.version) == (RFC_4122, 7)
    assert abs((value.int >> 80) - time.time() * 1000) < 1000


@given(st.tuples(st.uuids(), st.uuids()))
def test_text_sorts_as_the_uuid_does(pair: tuple[UUID, UUID]) -> None:
    assert sorted(map(_written, pair)) == list(map(_written, sorted(pair)))


@given(st.uuids())
def test_every_uuid_has_a_spelling(value: UUID) -> None:
    assert is_id(_written(value))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "06h08q0rf9qcv4e83s3ndg2tl",
        "06h08q0rf9qcv4e83s3ndg2tl80",
        "06h08q0rf9qcv4e83s3ndg2tl9",  # no 128 bits end like this
        "06H08Q0RF9QCV4E83S3NDG2TL8",
        "06h08q0rf9qcv4e83s3ndg2tw8",
        "06h08q0rf9qcv4e83s3ndg2tl8\n",
        " 6h08q0rf9qcv4e83s3ndg2tl8",
        "06h08q0rf9qcv4e83s3ndg2tl\u0668",
        "\ud80006h08q0rf9qcv4e83s3ndg2tl8",
    ],
)
def test_anything_else_is_no_id(text: str) -> None:
    assert not is_id(text)
