"""The form of personal access tokens: whatever is no token is told without asking anybody."""

import re
from hashlib import sha256
from string import ascii_letters, digits

import pytest

from errand.errors import InvalidToken
from errand.identity.personal_tokens.model import PATTERN, PersonalToken, digest_of, make, parse
from errand.identity.personal_tokens.schemas import NewToken
from errand_testkit.people import NOW

USER, TOKEN = "06h08q0rf9qcv4e83s3ndg2tl8", "06h08q0rf9qcv4e83s3ndg2tl4"
TEXT = (
    "errand_pat_06h08q0rf9qcv4e83s3ndg2tl806h08q0rf9qcv4e83s3ndg2tl4"
    "4k8s1r0d2m5q9t3v7n6p0a8c1e4g2i5j99jqdlo"
)


def _is_refused(text: str) -> bool:
    try:
        parse(text)
    except InvalidToken:
        return True
    return False


def test_token_tells_whose_it_is() -> None:
    presented = parse(TEXT)
    assert (presented.user_id, presented.id) == (USER, TOKEN)
    assert presented.digest == digest_of(TEXT) == sha256(TEXT.encode()).hexdigest()


def test_scanners_know_it_by_its_form() -> None:
    assert TEXT.startswith("errand_pat_")
    assert re.fullmatch(PATTERN, TEXT)
    assert len(TEXT) == 102


def test_example_of_the_documentation_has_that_form() -> None:
    example = str(NewToken.model_json_schema()["examples"])
    assert re.search(PATTERN.strip("^$"), example)


def test_no_two_tokens_are_the_same() -> None:
    assert make(user_id=USER, token_id=TOKEN) != TEXT


def test_every_changed_character_is_noticed() -> None:
    for place, right in enumerate(TEXT):
        for character in f"{ascii_letters}{digits}_-":
            if character != right:
                assert _is_refused(TEXT[:place] + character + TEXT[place + 1 :])


def test_exchanged_neighbours_are_noticed() -> None:
    for place in range(len(TEXT) - 1):
        first, second = TEXT[place], TEXT[place + 1]
        if first != second:
            assert _is_refused(TEXT[:place] + second + first + TEXT[place + 2 :])


@pytest.mark.parametrize(
    "text",
    [
        "",
        "errand_pat_",
        TEXT[:-1],
        TEXT + "0",
        TEXT.upper(),
        f" {TEXT}",
        f"{TEXT}\n",
        TEXT.replace("errand_pat_", ""),
        "\ud800",
        "errand_pat_" + "\u0661" * 91,
        "errand_pat_" + "0" * 1_000_000,
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_anything_else_is_refused(text: str) -> None:
    assert _is_refused(text)


@pytest.mark.parametrize(
    ("expires_at", "expired"), [(None, False), (NOW + 1, False), (NOW, True), (NOW - 1, True)]
)
def test_token_expires_at_its_instant(expires_at: int | None, *, expired: bool) -> None:
    token = PersonalToken(
        id=TOKEN,
        user_id=USER,
        name="script",
        scopes=frozenset(),
        digest="",
        created_at=0,
        expires_at=expires_at,
    )
    assert token.has_expired(now=NOW) is expired
