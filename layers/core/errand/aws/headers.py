"""Headers of botocore's requests and answers as a plain dictionary keeps them.

7 % off a page's instructions: botocore keeps those of a request as those of a mail, and those of
what is sent and of what came under objects that compare themselves.
"""

from collections.abc import Iterator
from typing import Any

from botocore import awsrequest
from botocore.awsrequest import HeadersDict


class Headers(HeadersDict):
    """Whatever the case of a name; the last of a name stands, as it was written."""

    def __init__(self, *given: Any, **named: Any) -> None:
        self._kept: dict[str, tuple[str, Any]] = {}
        for name, value in dict(*given, **named).items():
            self[name] = value

    def __setitem__(self, name: str, value: Any) -> None:
        self._kept[name.lower()] = (name, value)

    # As mails have it, for a name that is there.
    replace_header = __setitem__

    def __getitem__(self, name: str) -> Any:
        return self._kept[name.lower()][1]

    def __delitem__(self, name: str) -> None:
        """Of a name that is not there: nothing, as with a mail's."""
        self._kept.pop(name.lower(), None)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._kept.values()])

    def __len__(self) -> int:
        return len(self._kept)

    def __repr__(self) -> str:
        return repr(dict(self.items()))

    def get(self, name: str, default: Any = None) -> Any:
        return self._kept.get(name.lower(), ("", default))[1]

    def items(self) -> Any:
        return [*self._kept.values()]

    def copy(self) -> "Headers":
        return Headers(self.items())


def use_plain_headers() -> None:
    """For all clients of the process. What else a mail's headers can do, these refuse."""
    awsrequest.HeadersDict = Headers  # type: ignore[misc]
    awsrequest.HTTPHeaders = Headers  # type: ignore[misc, assignment]
