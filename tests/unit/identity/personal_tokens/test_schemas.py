"""What a client may ask of a new personal access token."""

from typing import Any

import pytest
from pydantic import ValidationError

from errand.identity.personal_tokens.schemas import TokenCreate

NEW: dict[str, Any] = {
    "name": "Backup",
    "scopes": ["tasks:read"],
    "current_password": "correct horse",
}


def test_name_scopes_and_the_password_are_enough() -> None:
    new = TokenCreate.model_validate(NEW)
    assert (new.name, new.scopes, new.expires_at) == ("Backup", ["tasks:read"], None)


@pytest.mark.parametrize("name", ["x", "x" * 100, "  Sicherung \u00e4  "], ids=len)
def test_name_is_one_line_of_up_to_100_characters(name: str) -> None:
    assert TokenCreate.model_validate(NEW | {"name": name}).name == name.strip()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 101),
        ("name", "a\nb"),
        ("name", "\ud800"),
        ("name", None),
        ("scopes", []),
        ("scopes", None),
        ("scopes", ["admin"]),
        ("scopes", ["tasks:read", "admin"]),
        ("scopes", ["tasks"]),
        ("scopes", ["tasks:read"] * 5),
        ("scopes", "tasks:read"),
        ("expires_at", "2027-11-22T00:00:00"),
        ("expires_at", "tomorrow"),
        ("current_password", "x" * 257),
        ("current_password", None),
        ("current_password", "\ud800"),
        ("token", "errand_pat_"),
        ("digest", "0"),
    ],
    ids=ascii,
)
def test_anything_else_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        TokenCreate.model_validate(NEW | {field: value})
    assert {error["loc"][0] for error in caught.value.errors()} == {field}
