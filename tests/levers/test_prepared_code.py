"""Dataclasses and named tuples take the code compiled for the very source they write, or none."""

import ast
import collections
import dataclasses
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from tests.levers.conftest import on_lambda

from errand.prepared import use_prepared_code
from slimming.prepared_code import MODULE, PACKAGES, named, prepare, written

CLASSES = [
    "@dataclass\nclass A:\n  a: int\n  b: str = 'b'",
    "@dataclass(frozen=True)\nclass A:\n  a: int",
    "@dataclass(frozen=True, kw_only=True, slots=True)\nclass A:\n  a: int = 1\n  b: str",
    "@dataclass(order=True, repr=False)\nclass A:\n  a: int",
    "@dataclass(unsafe_hash=True, eq=False)\nclass A:\n  a: int",
    "@dataclass(init=False)\nclass A: ...",
    "@dataclass\nclass A:\n  a: list[int] = field(default_factory=list, repr=False)",
    "@dataclass\nclass A:\n  a: int = field(default=1, compare=False, kw_only=True)\n  b: int",
    "@dataclass\nclass A:\n  a: int = field(init=False, hash=False)",
    "@dataclass\nclass A:\n  a: ClassVar[int] = 1\n  b: 'ClassVar[int]' = 2\n  c: int",
    "@dataclass\nclass A:\n  a: InitVar[int]\n  def __post_init__(self, a): ...",
    "@dataclass\nclass A:\n  a: int\n  _: KW_ONLY\n  b: int",
    "@dataclass\nclass A:\n  self: int",
    "@dataclass\nclass A:\n  a: int\n  def __eq__(self, other): return True",
    "@dataclass(frozen=True)\nclass A:\n  a: int\n  def __hash__(self): return 1",
    "@dataclass(kw_only=True)\nclass A:\n  a: str = kept('a', default=None)\n  b: str = kept('b')",
    "@dataclass(kw_only=True)\nclass A:\n  a: str = kept('a', secret=True)\n  b: str = kept('b')",
    "@dataclass\nclass A:\n  a: int\n  c: int\n@dataclass\nclass B(A):\n  b: int\n  a: str",
]
PRELUDE = "from dataclasses import *\nfrom typing import ClassVar\nfrom errand.fields import kept\n"


@pytest.mark.parametrize("source", CLASSES)
def test_stand_ins_have_written_what_the_classes_have(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: list[str] = []

    def execute(text: str, *namespaces: Any) -> None:
        real.append(text)
        exec(text, *namespaces)  # noqa: S102 - as dataclasses does

    module = ModuleType("module")
    with monkeypatch.context() as patch:
        patch.setattr(dataclasses, "exec", execute, raising=False)
        # Annotations that are texts are looked up there.
        patch.setitem(sys.modules, "module", module)
        exec(PRELUDE + source, vars(module))  # noqa: S102 - ours
    assert real
    assert written(ast.parse(PRELUDE + source)) == real


NAMED = [
    "A = namedtuple('A', 'a b')",
    "A = namedtuple('A', 'a, b', defaults=(1,))",
    "A = collections.namedtuple('A', ['a', 'b'])",
    "A = collections.namedtuple('A', ('a',), module='m')",
    "class A(namedtuple('A', 'a b')): ...",
    "class A(NamedTuple):\n  a: int\n  b: str = 'b'\n  def c(self): ...",
    "class A(typing.NamedTuple):\n  a: int",
]


@pytest.mark.parametrize("source", NAMED)
def test_named_tuples_have_written_what_is_found(
    source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real: list[str] = []

    def evaluate(text: str, *namespaces: Any) -> Any:
        real.append(text)
        return eval(text, *namespaces)  # noqa: S307 - as collections does

    prelude = "import collections, typing\nfrom collections import *\nfrom typing import *\n"
    with monkeypatch.context() as patch:
        patch.setattr(collections, "eval", evaluate, raising=False)
        exec(prelude + source, {"__name__": "module"})  # noqa: S102 - ours
    assert real
    assert named(ast.parse(source)) == real


def test_named_tuples_whose_fields_are_reckoned_are_left_out() -> None:
    assert named(ast.parse("A = namedtuple('A', FIELDS)\nB = namedtuple(*c)")) == []


def test_a_start_compiles_hardly_any_named_tuple(layer: Path, ours: tuple[Path, Path]) -> None:
    code = """
import errand_api, collections
made, evaluated = [], collections.eval
def evaluate(source, *namespaces):
    made.append(source in known)
    return evaluated(source, *namespaces)
known = dict(__import__('prepared_code').CODE)
known |= dict(__import__('errand.prepared_code', fromlist=['CODE']).CODE)
collections.eval = evaluate
import errand_api.app
errand_api.app.create_app(object()).build('/tasks')
print(made.count(True), made.count(False))
"""
    prepared, compiled = map(int, on_lambda(f"exec({code!r})", layer, *ours).split())
    assert prepared > 5 * compiled


def test_no_class_of_these_packages_is_compiled_at_a_start(
    layer: Path, ours: tuple[Path, Path]
) -> None:
    code = f"""
import builtins, errand_api, dataclasses, json
compiled, executed = [], dataclasses.exec
def execute(source, *namespaces):
    compiled.append([namespaces[0]['__name__'], source in known])
    executed(source, *namespaces)
known = dict(__import__({MODULE!r}).CODE)
known |= dict(__import__('errand.{MODULE}', fromlist=['CODE']).CODE)
dataclasses.exec = execute
import errand_api.app
app = errand_api.app.create_app(object())
app.build('/tasks')
print(json.dumps(compiled))
"""
    found = json.loads(on_lambda(f"exec({code!r})", layer, *ours))
    packages = {*PACKAGES, "errand", "errand_api"}
    of_packages = [one for one in found if one[0].partition(".")[0] in packages]
    assert len(of_packages) > 90
    assert [name for name, is_known in of_packages if not is_known] == []


def test_the_code_is_that_of_the_source(layer: Path) -> None:
    code = f"""
from {MODULE} import CODE
def compiled(source):
    mode = 'eval' if source.startswith('lambda ') else 'exec'
    return compile(source, '<string>', mode, dont_inherit=True)
print(all(code == compiled(source) for source, code in CODE))
"""
    assert on_lambda(f"exec({code!r})", layer) == "True\n"


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A layer with one dataclass."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    source = "@dataclass\nclass A:\n  a: int\nclass B(NamedTuple):\n  a: int\n"
    (tmp_path / PACKAGES[0] / "module.py").write_text(source)
    prepare(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    # Nothing of it is left when the test is over.
    monkeypatch.setitem(sys.modules, MODULE, ModuleType(MODULE))
    monkeypatch.delitem(sys.modules, MODULE)
    monkeypatch.setattr(dataclasses, "exec", exec, raising=False)
    monkeypatch.setattr(collections, "eval", eval, raising=False)
    return tmp_path


@dataclasses.dataclass
class _Standard:
    a: int


class _StandardTuple(NamedTuple):
    a: int


def _made() -> Any:
    """A class like the one that is prepared, and one that nobody has prepared."""
    return dataclasses.make_dataclass("A", [("a", int)]), dataclasses.make_dataclass("B", ["b"])


@pytest.mark.usefixtures("prepared")
def test_prepared_or_not_a_named_tuple_is_the_same() -> None:
    use_prepared_code()
    assert collections.eval is not eval  # type: ignore[attr-defined]
    make: Any = collections.namedtuple  # noqa: PYI024 - of names alone
    one, other = make("A", "a"), make("B", "b")
    assert (one(1), repr(one(a=1)), other(2).b) == ((1,), "A(a=1)", 2)
    assert one.__new__.__code__ == _StandardTuple.__new__.__code__


@pytest.mark.usefixtures("prepared")
def test_prepared_or_not_a_class_is_the_same() -> None:
    use_prepared_code()
    assert dataclasses.exec is not exec  # type: ignore[attr-defined]
    one, other = _made()
    assert (repr(one(1)), one(1) == one(1), other(2).b) == ("A(a=1)", True, 2)
    assert one.__init__.__code__ == _Standard.__init__.__code__


def test_another_pythons_code_is_left_alone(prepared: Path) -> None:
    file = prepared / f"{MODULE}.pyc"
    file.write_bytes(b"\0\0" + file.read_bytes()[2:])
    use_prepared_code()
    assert dataclasses.exec is exec  # type: ignore[attr-defined]
    assert _made()[0](1).a == 1


def test_where_there_is_no_layer_nothing_is_changed() -> None:
    use_prepared_code()
    assert not hasattr(dataclasses, "exec")
    assert not hasattr(collections, "eval")
