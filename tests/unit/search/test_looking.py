"""Which documents a search finds, and in which order."""

from collections.abc import Sequence
from random import Random

import pytest

from errand.ids import new_id
from errand.search.documents import DAY, FIELD_END, Document
from errand.search.looking import hits
from errand.search.query import parse
from errand.search.segments import packed, rows
from errand_testkit.depth import times

TODAY = 20_000


def document(title: str, *, days: int = 0, is_completed: bool = False, **texts: str) -> Document:
    return Document.of(
        new_id(),
        1,
        updated_at=(TODAY - days) * DAY,
        is_completed=is_completed,
        texts={"title": title, **texts},
    )


def found(
    documents: Sequence[Document], text: str, *, completed: bool | None = None
) -> list[Document]:
    """Best first."""
    documents = sorted(documents, key=lambda one: one.id)
    looked_at = rows(packed(documents).texts)
    best = sorted(hits(looked_at, parse(text), today=TODAY, completed=completed), reverse=True)
    return [documents[hit.row] for hit in best]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Pay the rent", "rent"),
        ("Pay the rental car", "rent"),
        ("Pay the rent", "rent pay"),
        ("Pay the rent", '"the rent"'),
        ("Pay the rent", '"pay the r"'),
        ("Zürich: Straße fegen", "zurich strasse"),
        ("Send an e-mail", "e-mail"),
        ("Send an e-mail", "mail"),
        ("東京駅で切符を買う", "京駅"),
        ("東京駅で切符を買う", "切符 東京"),
        ("新しいiPhoneを買う", "iphone"),
        ("저녁식사 예약하기", "식사"),
        ("ซื้อนมและไข่", "นม"),
        ("Tell Bob 🎂", "🎂"),
    ],
)
def test_found(title: str, text: str) -> None:
    assert found([document("Something else"), document(title)], text)[0].row.strip()
    assert len(found([document("Something else"), document(title)], text)) == 1


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Pay the rent", "ent"),
        ("Pay the rent", "rents"),
        ("Pay the rent", "rent milk"),
        ("Pay the rent", '"rent the"'),
        ("Pay the rent", '"pa the"'),
        ("각오", "가"),
        ("13月", "3月"),
    ],
)
def test_not_found(title: str, text: str) -> None:
    assert found([document(title)], text) == []


def test_terms_may_be_in_different_fields_but_not_in_different_tasks() -> None:
    both = document("Pay", description="the rent")
    assert found([document("Pay"), both, document("The rent")], "pay rent") == [both]


def test_phrase_is_within_one_field() -> None:
    assert found([document("Pay", description="the rent")], '"pay the"') == []


def test_title_before_labels_before_description_before_comments() -> None:
    documents = [
        document("", comments="rent"),
        document("", description="rent"),
        document("", labels="rent"),
        document("rent"),
    ]
    assert found(documents, "rent") == documents[::-1]


def test_whole_words_before_words_that_go_on() -> None:
    longer, whole = document("Rental"), document("Rent")
    assert found([longer, whole], "rent") == [whole, longer]


def test_what_changed_lately_before_what_is_old() -> None:
    old, new = document("Rent", days=400), document("Rent", days=3)
    assert found([old, new], "rent") == [new, old]


def test_open_before_completed() -> None:
    done, still = document("Rent", is_completed=True), document("Rent", days=30)
    assert found([done, still], "rent") == [still, done]
    assert found([done, still], "rent", completed=True) == [done]
    assert found([done, still], "rent", completed=False) == [still]


def test_what_is_gone_is_not_found() -> None:
    gone = Document.gone(new_id(), 3, updated_at=TODAY * DAY)
    rent = document("Rent")
    assert found([gone, rent], "rent") == [rent]


@pytest.mark.deeper
def test_as_a_naive_reading_finds() -> None:
    """Of random texts of few words, so that terms are prefixes and repetitions of each other."""
    random = Random(7)  # noqa: S311 - texts, not secrets
    vocabulary = ("a", "ab", "abc", "b", "ba", "東", "東京", "c++")

    def some(most: int) -> str:
        return " ".join(random.choices(vocabulary, k=random.randint(0, most)))

    documents = [
        document(some(4), description=some(6), labels=some(2), comments=some(3)) for _ in range(400)
    ]
    for _ in range(times(10, deep=60)):
        text = some(3) or "a"
        terms = parse(text).terms
        naive = {
            one.id
            for one in documents
            if all(
                any(
                    term in field if term[0] == "東" else f" {term}" in field
                    for field in one.row.split(FIELD_END)
                )
                for term in terms
            )
        }
        assert {one.id for one in found(documents, text)} == naive


# ------------------------------------------------------------------------------------------- labels


def labelled(title: str, *label_ids: str) -> Document:
    return Document.of(
        new_id(),
        1,
        updated_at=TODAY * DAY,
        is_completed=False,
        texts={"title": title},
        label_ids=label_ids,
    )


def titles(documents: Sequence[Document], text: str, names: dict[str, str]) -> list[str]:
    documents = sorted(documents, key=lambda one: one.id)
    query = parse(text).with_labels(names)
    best = sorted(hits(rows(packed(documents).texts), query, today=TODAY), reverse=True)
    return [documents[hit.row].row.partition(FIELD_END)[0].strip() for hit in best]


def test_labels_are_found_by_the_names_that_they_have_now() -> None:
    documents = [labelled("Pay", "a"), labelled("Call", "b"), labelled("Bank", "c"), labelled("x")]
    assert titles(documents, "bank", {"a": "The Bank", "b": "Phone"}) == ["bank", "pay"]
    assert titles(documents, "phone", {"a": "The Bank", "b": "Phone"}) == ["call"]
    assert titles(documents, "phone", {"a": "Bank", "b": "Desk"}) == []
    assert titles(documents, "pay bank", {"a": "Bank"}) == ["pay"]
    assert titles(documents, '"the bank"', {"a": "The bank"}) == ["pay"]
    assert titles(documents, "a", {}) == []


def test_terms_that_are_names_of_several_labels_find_each_row_once() -> None:
    documents = [labelled("Pay at home", "a", "b"), labelled("Home", "b"), labelled("Else", "a")]
    names = {"a": "Home", "b": "Homework"}
    assert sorted(titles(documents, "home", names)) == ["else", "home", "pay at home"]
    assert sorted(titles(documents, "home homework", names)) == ["home", "pay at home"]


def test_no_text_looks_like_a_label() -> None:
    assert titles([labelled("\x1eabc"), labelled("\x1e abc")], "q", {"abc": "Q"}) == []
