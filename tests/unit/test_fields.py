"""The table of fields of a record, and all that is made of it."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar

import pytest
from pydantic import ValidationError

from errand import codecs
from errand.codecs import ID, Instant
from errand.errors import MalformedRecord
from errand.fields import NOWHERE, By, Derived, Shown, UnknownField, kept, table_of
from errand.records import kept as attributes
from errand.records import load, show
from errand.schemas import change, creation, view
from errand.storage.kinds import TASK
from errand.storage.mapper import Mapper
from errand.views import JsonView

RULES = {"name": str, "tags": tuple[str, ...], "born_on": date, "tame": bool}


@dataclass(frozen=True, kw_only=True, slots=True)
class Cat:
    id: str = kept("sk", codec=ID)
    name: str = kept("n", by=By.CLIENT)
    born_on: date | None = kept("b", by=By.CLIENT, default=None)
    tags: tuple[str, ...] = kept("tg", by=By.CLIENT, default=())
    seen_at: Instant = kept("se", shown=Shown.API)
    chip: str = kept("ch", secret=True)

    DERIVED: ClassVar = (
        Derived(name="tame", type=bool, attribute="is_tame", by=By.CLIENT, default=False),
        Derived(name="sorted_by", type=str, stored="sb", shown=NOWHERE),
    )

    @property
    def is_tame(self) -> bool:
        return "tame" in self.tags

    @property
    def sorted_by(self) -> str:
        return self.name.casefold()


MINKA = Cat(id="1", name="Minka", seen_at=1_795_336_200_000, chip="a secret")
TABLE = table_of(Cat)


def test_name_in_no_table_is_unknown() -> None:
    for ask in (
        lambda: TABLE["colour"],
        lambda: Mapper(TASK, Cat)["colour"],
        lambda: Mapper(TASK, Cat).actions({"colour": "black"}),
        lambda: creation(Cat, {**RULES, "colour": str}, name="CatCreate", example={}),
        lambda: change(Cat, {**RULES, "colour": str}, name="CatUpdate", example={}),
    ):
        with pytest.raises(UnknownField, match="Cat has no field 'colour'"):
            ask()


def test_field_without_a_line_is_a_defect() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Dog:
        name: str = kept("n")
        colour: str = field(default="")

    with pytest.raises(TypeError, match=r"Dog\.colour is in no table"):
        table_of(Dog)


def test_type_that_no_codec_knows_is_a_defect() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Dog:
        weight: float = kept("w")

    with pytest.raises(TypeError, match="No codec is known"):
        table_of(Dog)


@pytest.mark.parametrize("missing", RULES)
def test_field_that_clients_set_has_a_rule(missing: str) -> None:
    rules = {name: rule for name, rule in RULES.items() if name != missing}
    for make in (creation, change):
        with pytest.raises(UnknownField, match=missing):
            make(Cat, rules, name="Cat", example={})


def test_columns_stand_in_the_order_of_the_lines() -> None:
    assert [*TABLE] == [
        "id", "name", "born_on", "tags", "seen_at", "chip", "tame", "sorted_by",
    ]  # fmt: skip
    assert len(TABLE) == 8


def test_annotation_tells_the_form() -> None:
    forms = {
        "id": codecs.ID,
        "name": codecs.TEXT,
        "born_on": codecs.DAY,
        "tags": codecs.TEXTS,
        "seen_at": codecs.INSTANT,
        "tame": codecs.FLAG,
    }
    assert {name: TABLE[name].codec for name in forms} == forms


def test_who_sets_what() -> None:
    assert [column.name for column in TABLE.set_by(By.CLIENT)] == [
        "name", "born_on", "tags", "tame",
    ]  # fmt: skip


def test_defaults_are_kept_as_absence() -> None:
    assert attributes(MINKA) == {
        "n": {"S": "Minka"},
        "se": {"N": "1795336200000"},
        "ch": {"S": "a secret"},
        "sb": {"S": "minka"},
    }
    item = {**attributes(MINKA), "sk": {"S": "CAT#1"}}
    assert load(Cat, item) == MINKA


def test_secret_is_shown_nowhere_and_not_printed() -> None:
    for where in Shown:
        assert "chip" not in show(MINKA, where)
    assert "a secret" not in f"{MINKA!r}{JsonView(Cat).one(MINKA)}"
    assert "chip" not in view(Cat, name="CatView").model_fields


def test_instant_has_one_form() -> None:
    assert show(MINKA)["seen_at"] == "2026-11-22T08:30:00.000Z"
    assert show(replace(MINKA, seen_at=1))["seen_at"] == "1970-01-01T00:00:00.001Z"
    with pytest.raises(MalformedRecord, match="beyond all dates"):
        show(replace(MINKA, seen_at=10**18))


def test_each_place_shows_what_is_for_it() -> None:
    everywhere = {"id", "name", "born_on", "tags", "tame"}
    assert set(show(MINKA)) == everywhere | {"seen_at"}
    assert set(show(MINKA, Shown.EVENTS)) == everywhere
    assert set(view(Cat, name="CatView").model_fields) == everywhere | {"seen_at"}
    assert set(view(Cat, name="Exported", where=Shown.EXPORTS).model_fields) == everywhere


def test_creation_asks_for_what_has_no_default() -> None:
    shape = creation(Cat, RULES, name="CatCreate", example={})
    assert shape.model_validate({"name": "Minka"}).fields() == {
        "name": "Minka",
        "born_on": None,
        "tags": (),
        "tame": False,
    }
    with pytest.raises(ValidationError):
        shape.model_validate({})
    with pytest.raises(ValidationError):
        shape.model_validate({"name": "Minka", "seen_at": 1})


def test_change_takes_what_is_sent_and_clears_what_can_be_absent() -> None:
    shape = change(Cat, RULES, name="CatUpdate", example={})
    assert shape.model_validate({}).changes() == {}
    cleared = {"born_on": None, "tags": None}
    assert shape.model_validate(cleared).changes() == cleared
    for name in ("name", "tame"):
        with pytest.raises(ValidationError):
            shape.model_validate({name: None})
    for name in ("chip", "sorted_by"):
        with pytest.raises(ValidationError):
            shape.model_validate({name: "1"})


def test_change_takes_what_the_server_sets_and_shows_and_ignores_it() -> None:
    shape = change(Cat, RULES, name="CatUpdate", example={})
    sent = {"id": "2", "seen_at": None, "name": "Mitzi"}
    assert shape.model_validate(sent).changes() == {"name": "Mitzi"}
