"""What was meant by a name that is none."""

from collections.abc import Iterable

_SIMILARITY = 0.6
# Longer ones are no slips of a finger, and comparing them takes long.
_LONGEST = 100


def near(name: str, known: Iterable[str]) -> str | None:
    """The one most like it, in whatever case; None if there is none like it."""
    if len(name) > _LONGEST:
        return None
    # Imported when somebody has mistyped: most instances never need it.
    from difflib import get_close_matches  # noqa: PLC0415

    by_form = {one[:_LONGEST].casefold(): one for one in known}
    found = get_close_matches(name.casefold(), by_form, n=1, cutoff=_SIMILARITY)
    return by_form[found[0]] if found else None
