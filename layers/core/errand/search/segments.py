"""Documents as they are stored: packed, in pieces that are read for different purposes.

`texts` is read by every search, `ids` for what it found, `versions` by whoever changes a segment.
An id is 16 bytes that nothing packs, as much as all words of a short title: hence apart from them.
"""

import lzma
import struct
import zlib
from array import array
from base64 import b32hexdecode, b32hexencode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched

from errand.search.documents import Document
from errand.search.word_codes import coded, decoded

# Of `texts` as stored; an item with all its attributes has at most 400 KB.
PACKED_MAX = 380_000
# A block with its key is less than 4 KB: half a read unit.
IDS_OF_A_BLOCK = 240
ROW_END = "\n"
COMPLETED, GONE = 1, 2

# Of texts; in the second words are characters (`word_codes`).
_WORDS, _CODES = 1, 2
ID_BYTES = 16
_HEAD = struct.Struct("<BI")
# As many bytes are looked back at as a segment's rows have; of few, as making room takes longer.
_LARGE, _SMALL = 1 << 22, 1 << 16


class Damaged(ValueError):
    """Not what `packed` made, or of a format that is to come."""


@dataclass(frozen=True, slots=True)
class Packed:
    texts: bytes
    ids: tuple[bytes, ...]
    versions: bytes

    @property
    def rows(self) -> int:
        """Raises Damaged."""
        try:
            return _head(self.texts)[1]
        except struct.error as error:
            raise Damaged(str(error)) from None


@dataclass(frozen=True, slots=True)
class Rows:
    """What a search looks at: `text` has a row of each document, `days` and `states` a value."""

    days: Sequence[int]
    states: bytes
    text: bytes


def packed(documents: Iterable[Document]) -> Packed:
    """In the order of their ids."""
    ordered = sorted(documents, key=lambda one: one.id)
    days = b"".join(one.day.to_bytes(2, "little") for one in ordered)
    states = bytes(COMPLETED * one.is_completed | GONE * one.is_gone for one in ordered)
    text = "".join(one.row + ROW_END for one in ordered)
    codes = coded(text) if len(text) > _SMALL else None
    # Bytes of equal worth beside each other: those of days hardly differ.
    content = days[::2] + days[1::2] + states + (text if codes is None else codes).encode()
    versions = array("I", (one.version for one in ordered))
    return Packed(
        texts=_HEAD.pack(_WORDS if codes is None else _CODES, len(ordered))
        + lzma.compress(
            content,
            lzma.FORMAT_RAW,
            filters=_filters(_LARGE if len(content) > _SMALL else _SMALL),
        ),
        ids=tuple(
            b"".join(_bytes(one.id) for one in some)
            for some in batched(ordered, IDS_OF_A_BLOCK, strict=False)
        ),
        versions=zlib.compress(versions.tobytes()),
    )


def rows(texts: bytes) -> Rows:
    """Raises Damaged."""
    try:
        form, count = _head(texts)
        content = lzma.decompress(texts[_HEAD.size :], lzma.FORMAT_RAW, filters=_filters(_LARGE))
        text = content[3 * count :]
        if form == _CODES:
            text = decoded(text.decode()).encode()
    except (struct.error, lzma.LZMAError, UnicodeDecodeError) as error:
        raise Damaged(str(error)) from None
    low, high = content[:count], content[count : 2 * count]
    if text.count(ROW_END.encode()) != count:
        raise Damaged("Not as many rows as it says")
    both = bytearray(2 * count)
    both[::2], both[1::2] = low, high
    days = array("H", bytes(both))
    return Rows(days, content[2 * count : 3 * count], text)


def unpacked(segment: Packed) -> Iterator[Document]:
    """Raises Damaged."""
    found = rows(segment.texts)
    versions = array("I", zlib.decompress(segment.versions))
    lines = found.text.decode().split(ROW_END)[:-1]
    ids = [one for block in segment.ids for one in ids_of(block)]
    if not len(ids) == len(versions) == len(lines):
        raise Damaged("Its pieces are of different segments")
    for at, line in enumerate(lines):
        state = found.states[at]
        yield Document(
            ids[at],
            versions[at],
            day=found.days[at],
            row=line,
            is_completed=bool(state & COMPLETED),
            is_gone=bool(state & GONE),
        )


def divided(documents: Iterable[Document], *, most: int = PACKED_MAX) -> Iterator[Packed]:
    """As few segments as have at most so many bytes, halved by age where one would have more."""
    ordered = sorted(documents, key=lambda one: one.id)
    segment = packed(ordered)
    if len(segment.texts) <= most or len(ordered) < 2:  # noqa: PLR2004 - nothing to halve
        yield segment
        return
    middle = len(ordered) // 2
    yield from divided(ordered[:middle], most=most)
    yield from divided(ordered[middle:], most=most)


def ids_of(block: bytes) -> list[str]:
    parts = (block[at : at + ID_BYTES] for at in range(0, len(block), ID_BYTES))
    return [b32hexencode(part).decode().rstrip("=").lower() for part in parts]


def id_at(row: int) -> tuple[int, int]:
    """The block that has the id of a row, and its place there."""
    return divmod(row, IDS_OF_A_BLOCK)


def _head(texts: bytes) -> tuple[int, int]:
    """Form and number of rows. Raises Damaged, struct.error."""
    form, count = _HEAD.unpack_from(texts)
    if form not in {_WORDS, _CODES}:
        raise Damaged(f"Format {form}")
    return form, count


def _filters(size: int) -> list[dict[str, int]]:
    """Without the container's header and checks: DynamoDB has its own. UTF-8 has no alignment."""
    return [{"id": lzma.FILTER_LZMA2, "preset": 6, "dict_size": size, "pb": 0}]


def _bytes(task_id: str) -> bytes:
    return b32hexdecode(f"{task_id.upper()}======")
