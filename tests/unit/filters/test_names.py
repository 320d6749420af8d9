"""Names in filters become ids, or whoever typed them is told what there is."""

import pytest
from tests.unit.filters.samples import SampleNames

from errand.filters.grammar import And, Filter, InvalidFilter, Named, Not, Or
from errand.filters.names import resolve
from errand.filters.parser import parse


def found(tree: Filter) -> list[tuple[str, ...] | None]:
    match tree:
        case And(parts) | Or(parts):
            return [ids for part in parts for ids in found(part)]
        case Not(part):
            return found(part)
        case Named():
            return [tree.ids]
    return []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("#home", ("p1",)),
        ("#Home", ("p1",)),
        ('#"Home and garden"', ("p3",)),
        ("#inbox", ("inbox",)),
        ("@bank", ("l1",)),
        ("@none", ("l1", "l2")),
        ("/none", ("s1", "s2", "s3")),
        ("/todo", ("s1", "s2")),
    ],
)
def test_names_become_ids(text: str, ids: tuple[str, ...]) -> None:
    tree = resolve(parse(text), SampleNames())
    assert found(tree) == [ids]
    assert str(tree) == str(parse(text))


def test_names_are_found_wherever_they_are() -> None:
    tree = resolve(parse("!(#home | @bank & open) & due < today & /done"), SampleNames())
    assert found(tree) == [("p1",), ("l1",), ("s3",)]


@pytest.mark.parametrize(
    ("text", "position", "detail"),
    [
        ("open & #hom", 7, "there is no project #hom; did you mean #home?"),
        (
            '#"home und garden"',
            0,
            'there is no project #"home und garden"; did you mean #"home and garden"?',
        ),
        ("@Errand", 0, "there is no label @Errand; did you mean @errands?"),
        ('text ~ "🏠" | @x', 13, "there is no label @x"),
        ("@home", 0, "there is no label @home"),
        ("/" + "x" * 1000, 0, f'there is no section /"{"x" * 40}…"'),
        ('#"inbox"', 0, 'there is no project #"inbox"'),
    ],
)
def test_unknown_names_are_told_with_what_was_meant(text: str, position: int, detail: str) -> None:
    with pytest.raises(InvalidFilter) as refused:
        resolve(parse(text), SampleNames())
    assert (refused.value.position, refused.value.detail) == (position, detail)
