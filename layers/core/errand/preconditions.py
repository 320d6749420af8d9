"""What a client says of the version that it changes (RFC 9110, section 13.1)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Precondition:
    """`among`: versions of which the resource has one, None for any; `not_among`: it has none."""

    among: frozenset[int] | None = None
    not_among: frozenset[int] = frozenset()

    def holds(self, version: int) -> bool:
        is_among = self.among is None or version in self.among
        return is_among and version not in self.not_among


ANY = Precondition()
# Of nothing that exists.
NEVER = frozenset[int]()
