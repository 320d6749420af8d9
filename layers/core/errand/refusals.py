"""How a rule says no to what was sent: in words for people, and by a name for programs."""

from pydantic_core import PydanticCustomError, PydanticKnownError


def refused(name: str, words: str) -> PydanticCustomError:
    return PydanticCustomError(name, words)


def too_short(minimum: int) -> PydanticKnownError:
    return PydanticKnownError("string_too_short", {"min_length": minimum})


def too_long(maximum: int) -> PydanticKnownError:
    return PydanticKnownError("string_too_long", {"max_length": maximum})
