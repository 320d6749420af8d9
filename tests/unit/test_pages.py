"""Pages of any list, whatever is read at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from errand.cursors import Position
from errand.errors import InvalidCursor
from errand.keys import Key, KeyRing
from errand.pages import Pager, Slice

PAGER = Pager(KeyRing((Key("1", b"a signing key for tests, 32 bytes+"),)))


class Numbers:
    """A list of numbers, read at most `room` at once."""

    def __init__(self, count: int, *, room: int = 1000) -> None:
        self.limits: list[int] = []
        self._count = count
        self._room = room

    def __call__(self, *, after: Position | None, limit: int) -> Slice[int]:
        self.limits.append(limit)
        begin = int(after["last"]) + 1 if after else 0
        end = min(self._count, begin + min(limit, self._room))
        reached = {"last": str(end - 1)} if end < self._count else None
        return Slice(range(begin, end), reached)


@given(
    count=st.integers(0, 40),
    room=st.integers(1, 10),
    limit=st.integers(1, 10),
    skip=st.integers(0, 50),
)
def test_pages_are_together_the_list_without_what_is_skipped(
    count: int, room: int, limit: int, skip: int
) -> None:
    numbers = Numbers(count, room=room)
    page = PAGER.page(numbers, view="numbers", limit=limit, cursor=None, skip=skip)
    found = [*page.items]
    while page.cursor:
        assert 0 < len(page.items) <= limit
        page = PAGER.page(numbers, view="numbers", limit=limit, cursor=page.cursor)
        found += page.items
    assert found == [*range(skip, count)]


def test_page_is_one_read_with_what_is_skipped() -> None:
    numbers = Numbers(100)
    page = PAGER.page(numbers, view="numbers", limit=10, cursor=None, skip=20)
    assert [*page.items] == [*range(20, 30)]
    assert numbers.limits == [30]


def test_cursor_is_bound_to_its_view() -> None:
    cursor = PAGER.page(Numbers(3), view="numbers|ada", limit=2, cursor=None).cursor
    assert PAGER.page(Numbers(3), view="numbers|ada", limit=2, cursor=cursor).cursor is None
    with pytest.raises(InvalidCursor):
        PAGER.page(Numbers(3), view="numbers|bob", limit=2, cursor=cursor)


def test_what_is_left_of_the_skipped_is_read_with_the_page() -> None:
    """A page is full, however many reads the skipped ones took."""
    numbers = Numbers(100, room=30)
    page = PAGER.page(numbers, view="numbers", limit=10, cursor=None, skip=35)
    assert [*page.items] == [*range(35, 45)]
    assert numbers.limits == [45, 15]
