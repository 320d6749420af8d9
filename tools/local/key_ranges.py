"""Key ranges of a table or an index, read in order from the data file.

Only keys that are texts are known: ministack reads all others by itself.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from tools.local.items import Item, Items, decoded

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
TABLE_KEYS = ("pk", "sk")  # columns of the file, and what every table here calls its keys
LAST_CHARACTER = 0x10FFFF
SURROGATES = range(0xD800, 0xE000)  # no characters

type Bound = tuple[str, str]  # operator, value


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The order in which a table (`index` None) or one of its indexes has its items."""

    index: str | None
    partition: str  # attribute
    sort: str  # attribute

    @property
    def order(self) -> list[str]:
        """Attributes; in one partition they tell all items apart."""
        return [name for name in dict.fromkeys((self.sort, *TABLE_KEYS)) if name != self.partition]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRange:
    view: View
    partition: str
    bounds: tuple[Bound, ...]  # of the sort key
    after: Mapping[str, str] | None  # exclusive start key
    forward: bool


def view_of(table: Mapping[str, Any], index: str | None) -> View | None:
    """Of ministack's description of a table. None if its keys are not of the known kind."""
    schema = table["KeySchema"]
    if index is not None:
        known = (table.get("LocalSecondaryIndexes") or []) + (
            table.get("GlobalSecondaryIndexes") or []
        )
        schema = next((each["KeySchema"] for each in known if each["IndexName"] == index), [])
    names = {key["KeyType"]: key["AttributeName"] for key in schema}
    types = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    keys = [names.get("HASH", ""), names.get("RANGE", "")]
    known_keys = (table["pk_name"], table["sk_name"]) == TABLE_KEYS and len(schema) == len(keys)
    if not known_keys or any(types.get(key) != "S" or not NAME.fullmatch(key) for key in keys):
        return None
    return View(index=index, partition=keys[0], sort=keys[1])


def make_index(items: Items, view: View) -> None:
    """One that is in the file already costs nothing."""
    columns = [column(attribute) for attribute in (view.partition, *view.order)]
    terms = [f"{column(each)} is not null" for each in sorted(_computed(view))]
    where = f"where {' and '.join(terms)}" if terms else ""
    items.database.execute(
        f'create index if not exists {_name(view)} on items ("table", {", ".join(columns)}) {where}'
    )
    for each in _computed(view):
        items.database.execute(
            f'create index if not exists cut_{each} on items ("table") where {_cut(each)}'
        )
    items.views.add(view)


def can_be_read(items: Items, view: View) -> bool:
    """False if the file has no index for it, or not in the right order."""
    if view.index is None:
        return True
    return view in items.views and not any(
        items.database.execute(
            f"select 1 from items indexed by cut_{each} "  # noqa: S608 - a name
            f'where "table" = ? and {_cut(each)} limit 1',
            (items.table,),
        ).fetchone()
        for each in _computed(view)
    )


def read(items: Items, asked: KeyRange) -> Iterator[tuple[str, str, Item]]:
    """Partition key, sort key and item, in order, as far as they are taken."""
    view = asked.view
    order = [column(attribute) for attribute in view.order]
    sort = column(view.sort)
    # An index holds what has both of its keys.
    terms = ['"table" = ?', f"{column(view.partition)} = ?"]
    terms += [f"{column(each)} is not null" for each in _computed(view)]
    values = [items.table, asked.partition]
    for operator, value in asked.bounds:
        terms.append(f"{sort} {operator} ?")
        values.append(value)
    if asked.after is not None:
        sign = ">" if asked.forward else "<"
        terms.append(f"({', '.join(order)}) {sign} ({', '.join('?' * len(order))})")
        values += [asked.after[attribute] for attribute in view.order]
    direction = "" if asked.forward else " desc"
    sorting = ", ".join(each + direction for each in order)
    # Without statistics, SQLite would rather search the whole table than an expression's index.
    source = f"items indexed by {_name(view)}" if view.index else "items"
    # Names are checked, values are parameters.
    query = f"select pk, sk, item from {source} where {' and '.join(terms)} order by {sorting}"  # noqa: S608
    with closing(items.database.execute(query, values)) as found:
        for pk, sk, item in found:
            yield pk, sk, decoded(item)


def column(attribute: str) -> str:
    return attribute if attribute in TABLE_KEYS else f"json_extract(item, '$.{attribute}.S')"


def _computed(view: View) -> set[str]:
    return {view.partition, view.sort}.difference(TABLE_KEYS)


def _name(view: View) -> str:
    return f"by_{view.partition}_{view.sort}"


def _cut(attribute: str) -> str:
    """Before 3.45, json_extract takes a text to end at its first NUL."""
    return f"instr(json_extract(item, '$.{attribute}'), '\\u0000') > 0"


def beginning(prefix: str) -> tuple[Bound, ...]:
    """Of what begins with it."""
    kept = prefix.rstrip(chr(LAST_CHARACTER))
    if not kept:
        return ((">=", prefix),)
    following = ord(kept[-1]) + 1
    after = SURROGATES.stop if following in SURROGATES else following
    return (">=", prefix), ("<", kept[:-1] + chr(after))
