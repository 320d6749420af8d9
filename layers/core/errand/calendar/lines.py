"""Content lines of iCalendar: escaped, folded, ended (RFC 5545, sections 3.1 and 3.3.11)."""

import re
from collections.abc import Iterable

# In octets, without its end.
LINE_MAX = 75
_END = "\r\n"
# Whatever some program takes for the end of a line.
_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_ESCAPES = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n"})
_TAIL = 0b1000_0000


def text(name: str, value: str) -> str:
    """A property of type TEXT. Control characters, which have no place in it, are left out."""
    one_kind = _BREAKS.sub("\n", value)
    return f"{name}:{_CONTROLS.sub('', one_kind).translate(_ESCAPES)}"


def component(name: str, lines: Iterable[str]) -> list[str]:
    return [f"BEGIN:{name}", *lines, f"END:{name}"]


def written(lines: Iterable[str]) -> str:
    return "".join(f"{folded(line)}{_END}" for line in lines)


def folded(line: str) -> str:
    """In pieces of at most 75 octets, none of which ends within a character."""
    octets = line.encode(errors="replace")
    if len(octets) <= LINE_MAX:
        return octets.decode()
    pieces = []
    begin, room = 0, LINE_MAX
    while begin < len(octets):
        end = begin + room
        while end < len(octets) and octets[end] & 0b1100_0000 == _TAIL:
            end -= 1
        pieces.append(octets[begin:end].decode())
        # The space that each of the others begins with.
        begin, room = end, LINE_MAX - 1
    return f"{_END} ".join(pieces)
