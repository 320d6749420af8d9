"""A cursor opens only what it was sealed for, and only as it was written."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.cursors import seal, unseal
from errand.errors import InvalidCursor
from errand.keys import Key, KeyRing, LiveRing
from errand_testkit.fakes import ManualClock

CONTEXT = "ada|None|False"
POSITION = {"sk": "TASK#06h08q0rf9qcv4e83s3ndg2tl8", "vs": "o06h08q0rf9qcv4e83s3ndg2tl8"}
OLD = Key("1", b"the key of last year, long enough")
NEW = Key("2", b"the key of this year, long enough")


@given(position=st.dictionaries(st.text(), st.text()), context=st.text())
def test_cursor_opens_to_the_position_it_was_sealed_with(
    position: dict[str, str], context: str
) -> None:
    ring = KeyRing((NEW,))
    cursor = seal(ring, position=position, context=context)
    assert unseal(ring, cursor=cursor, context=context) == position


def test_cursor_is_safe_in_an_address(ring: KeyRing) -> None:
    cursor = seal(ring, position=POSITION, context=CONTEXT)
    assert set(cursor.rstrip("=")) <= {*string.ascii_letters, *string.digits, "-", "_"}


def test_cursor_is_worthless_in_another_list(ring: KeyRing) -> None:
    cursor = seal(ring, position=POSITION, context=CONTEXT)
    with pytest.raises(InvalidCursor):
        unseal(ring, cursor=cursor, context="ada|None|True")


def test_no_character_can_be_changed() -> None:
    ring = KeyRing((NEW,))
    cursor = seal(ring, position=POSITION, context=CONTEXT)
    for place, character in enumerate(cursor):
        # The neighbour in the alphabet: in the last place it decodes to the same bytes.
        changed = chr(ord(character) ^ 1)
        with pytest.raises(InvalidCursor):
            unseal(ring, cursor=cursor[:place] + changed + cursor[place + 1 :], context=CONTEXT)


@pytest.mark.parametrize("junk", ["!", " ", "=", "\n", "A", "\u00e9", "\ud800"], ids=ascii)
def test_nothing_can_be_added(ring: KeyRing, junk: str) -> None:
    cursor = seal(ring, position=POSITION, context=CONTEXT)
    for changed in (junk + cursor, cursor + junk, cursor[:20] + junk + cursor[20:]):
        with pytest.raises(InvalidCursor):
            unseal(ring, cursor=changed, context=CONTEXT)


@pytest.mark.parametrize("cursor", ["", "A", "AAAA", "A" * 52, "A" * 100_000, "\x00"])
def test_what_was_never_sealed_is_refused(ring: KeyRing, cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        unseal(ring, cursor=cursor, context=CONTEXT)


def test_cursor_outlives_the_rotation_of_its_key() -> None:
    cursor = seal(KeyRing((OLD,)), position=POSITION, context=CONTEXT)
    assert unseal(KeyRing((NEW, OLD)), cursor=cursor, context=CONTEXT) == POSITION


def test_cursor_of_a_key_that_is_new_here() -> None:
    """Another instance has followed the rotation already."""
    rings = iter([KeyRing((OLD,)), KeyRing((NEW, OLD))])
    live = LiveRing(lambda: next(rings), ManualClock())
    cursor = seal(KeyRing((NEW, OLD)), position=POSITION, context=CONTEXT)
    assert unseal(live, cursor=cursor, context=CONTEXT) == POSITION


@pytest.mark.parametrize("cursor", ["A" * 80, "A" * 51 + "="])
def test_garbage_is_no_reason_to_look_for_a_key(cursor: str) -> None:
    rings = iter([KeyRing((OLD,))])
    live = LiveRing(lambda: next(rings), ManualClock())
    with pytest.raises(InvalidCursor):
        unseal(live, cursor=cursor, context=CONTEXT)


def test_cursor_does_not_outlive_its_key() -> None:
    cursor = seal(KeyRing((OLD,)), position=POSITION, context=CONTEXT)
    with pytest.raises(InvalidCursor):
        unseal(KeyRing((NEW,)), cursor=cursor, context=CONTEXT)
