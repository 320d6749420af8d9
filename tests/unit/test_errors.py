"""The tree of errors is the one its docstring draws, and every leaf has a name of its own."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

import errand
from errand import errors
from errand.errors import (
    AlreadyTaken,
    ErrandError,
    IdempotencyKeyReused,
    IncorrectPassword,
    InvalidCredentials,
    InvalidCursor,
    PreconditionFailed,
    RequestInFlight,
    StorageUnavailable,
)

_BRANCH = re.compile(r"^((?:│   |    )*)[├└]── (\w+(?:, \w+)*)", re.MULTILINE)


def _drawn() -> Iterator[tuple[str, str]]:
    """Child and parent of every branch in the drawing."""
    above = ["ErrandError"]
    for indent, names in _BRANCH.findall(errors.__doc__ or ""):
        above = above[: len(indent) // 4 + 1]
        for name in names.split(", "):
            yield name, above[-1]
        above.append(name)


def _below(kind: type[ErrandError]) -> Iterator[type[ErrandError]]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


for _module in walk_packages(errand.__path__, "errand."):
    import_module(_module.name)
TREE = [kind for kind in _below(ErrandError) if kind.__module__.startswith("errand.")]
RAISED = [kind for kind in TREE if "code" in vars(kind)]
# Some that are told apart within the service only share the code of their parent.
SHOWN = [kind for kind in TREE if kind in RAISED or kind.__module__ == errors.__name__]


def test_drawing_shows_the_tree() -> None:
    assert dict(_drawn()) == {kind.__name__: kind.__bases__[0].__name__ for kind in SHOWN}


def test_codes_are_unique() -> None:
    codes = {kind.code for kind in RAISED}
    assert len(codes) == len(RAISED)


@pytest.mark.parametrize("kind", RAISED)
def test_code_is_the_name_in_snake_case(kind: type[ErrandError]) -> None:
    assert kind.code == re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (AlreadyTaken("Username"), "Username already registered"),
        (AlreadyTaken("Email"), "Email already registered"),
        (InvalidCredentials(), "Incorrect username or password"),
        (IncorrectPassword(), "Incorrect password"),
        (InvalidCursor(), "The cursor is not one this list handed out"),
        (IdempotencyKeyReused(), "This Idempotency-Key was used with another request"),
        (RequestInFlight(), "A request with this Idempotency-Key is in progress"),
        (PreconditionFailed(), "The resource has changed since the version named in If-Match"),
        (StorageUnavailable(), "The database is busy, please try again"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ErrandError) else "",
)
def test_detail_is_what_the_log_shows(error: ErrandError, detail: str) -> None:
    assert error.detail == str(error) == detail
