"""An import waits for its use, or the build fails: no module is changed in silence."""

import ast
import json
from typing import Any

import pytest

from slimming.deferred import defer


def deferred(source: str, imports: set[str]) -> dict[str, Any]:
    tree = defer(ast.parse(source), "module.py", imports)
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile(ast.fix_missing_locations(tree), "module.py", "exec"), module)  # noqa: S102 - ours
    return module


def test_import_waits_for_its_use() -> None:
    module = deferred(
        "import colorsys as c\n"
        "from json import dumps, loads\n"
        "def f(a: c.X, *, b: c.Y = dumps(1)) -> c.Z: return [b, loads('2')]\n",
        {"colorsys", "json"},
    )
    assert not {"c", "dumps", "loads"} & {*module}
    assert module["f"].__annotations__ == {"a": "c.X", "b": "c.Y", "return": "c.Z"}
    assert module["f"](0) == ["1", 2]
    assert module["__getattr__"]("c").__name__ == "colorsys"
    with pytest.raises(AttributeError):
        module["__getattr__"]("other")


def test_a_name_of_a_module_waits_without_the_others() -> None:
    module = deferred(
        "from json import dumps, loads\ndef f(): return loads(dumps(2))", {"json.loads"}
    )
    assert "dumps" in module
    assert "loads" not in module
    assert module["f"]() == 2


def test_an_alias_of_what_waits_waits_too() -> None:
    module = deferred(
        "import json\nError = json.JSONDecodeError\n"
        "def f():\n try: json.loads('!')\n except Error: return 2",
        {"json"},
    )
    assert not {"json", "Error"} & {*module}
    assert module["__getattr__"]("Error") is json.JSONDecodeError
    assert module["f"]() == 2


@pytest.mark.parametrize(("version", "expected"), [("3, 11", "dumps"), ("9, 0", "loads")])
def test_what_is_for_other_pythons_goes(version: str, expected: str) -> None:
    module = deferred(
        f"import sys\nif sys.version_info >= ({version}):\n from json import dumps as a\n"
        "else:\n from json import loads as a\ndef f(): return a",
        {"json"},
    )
    assert "a" not in module
    assert module["f"]().__name__ == expected


def test_a_module_that_answers_for_names_itself_goes_on_doing_so() -> None:
    module = deferred(
        "import json\ndef f(): return json\ndef __getattr__(name): return name * 2", {"json"}
    )
    assert module["__getattr__"]("json") is json
    assert module["__getattr__"]("a") == "aa"


def test_a_name_set_from_outside_is_the_one_that_is_used() -> None:
    module = deferred("import json\ndef f(): return json", {"json"})
    module["json"] = "another"
    assert module["f"]() == "another"


@pytest.mark.parametrize(
    "use",
    [
        "class A:\n def f(self): return [json.loads('2') for _ in '1'][0]\nf = A().f",
        "def f(): return (lambda: json.loads('2'))()",
        "def f():\n class A:\n  x = json.loads('2')\n return A.x",
        "def f():\n try: json.loads('!')\n except json.JSONDecodeError: return 2",
        "def f(): return int(f'{json.loads(\"2\")}')",
        "def f(**a): return a['json'] if a else f(json=json.loads('2'))",
    ],
)
def test_uses_inside_functions_find_it(use: str) -> None:
    assert deferred(f"import json\n{use}", {"json"})["f"]() == 2


@pytest.mark.parametrize(
    "source",
    [
        "import json\nx = json.dumps(1)",
        "import json\nx = json.decoder.JSONDecoder",
        "import json\nx = y = json.dumps",
        "import json\nclass A(json.JSONDecoder): ...",
        "import json\nclass A:\n x = json.loads('1')",
        "import json\n@json.x\ndef f(): ...",
        "import json\ndef f(a=json.x): ...",
        "import json\nf = lambda: json.x",
        "import json\nx = [json for _ in '']",
        "import json\ntype A = json.x",
        "import json\ndef f[T: json.x](): ...",
        "import json\ndef f():\n match 1:\n  case json.A(): ...",
        "import other",
        "def f(): import json",
        "if True: import json",
    ],
    ids=str.split,
)
def test_what_cannot_wait_fails_the_build(source: str) -> None:
    with pytest.raises(ValueError, match="json"):
        deferred(source, {"json"})


@pytest.mark.parametrize(
    "other",
    [
        "json = 1",
        "json += 1",
        "json: int = 1",
        "json: int",
        "del json",
        "for json in '': ...",
        "with open('') as json: ...",
        "try: ...\nexcept OSError as json: ...",
        "try: ...\nexcept* OSError as json: ...",
        "match 1:\n case json: ...",
        "match 1:\n case [*json]: ...",
        "match 1:\n case {**json}: ...",
        "match 1:\n case int() as json: ...",
        "x = (json := 1)",
        "x = [1 for json in '']",
        "x = {1 for (a, json) in ''}",
        "x = {json: 1 for json in ''}",
        "f = lambda json: 1",
        "f = lambda *json: 1",
        "import json",
        "import json.decoder",
        "import other as json",
        "from other import json",
        "from other import name as json",
        "def json(): ...",
        "async def json(): ...",
        "class json: ...",
        "def f(json): ...",
        "def f(*, json=1): ...",
        "def f(**json): ...",
        "def f(json: int, /): ...",
        "type json = int",
        "class A[json]: ...",
        "def f[json](): ...",
        "def f[*json](): ...",
        "def f[**json](): ...",
    ],
    ids=str.split,
)
def test_another_meaning_of_the_name_fails_the_build(other: str) -> None:
    inside = other.replace("\n", "\n  ")
    for source in (
        other,
        f"def g():\n  {inside}",
        f"async def g():\n  {inside}",
        f"class B:\n  {inside}",
        f"def g():\n def h():\n  {inside}\n return h",
    ):
        with pytest.raises(ValueError, match="json"):
            deferred(f"import json\n{source}", {"json"})


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n x = [(json := 1) for a in '']",
        "x = [(json := 1) for a in '']",
        "def f():\n global json\n json = 1",
        "def f():\n global json\n import json",
        "def f():\n global json\n for json in '': ...",
        "def f():\n json = 1\n def g():\n  nonlocal json\n  json = 2",
        "from other import *",
        "def f(): return globals()['json']",
        "def f(): return eval('json')",
        "x = vars()",
        "__deferred__ = 1",
    ],
)
def test_ways_around_fail_the_build(source: str) -> None:
    with pytest.raises(ValueError, match=r"json|own"):
        deferred(f"import json\n{source}", {"json"})


def test_a_name_that_classes_mangle_fails_the_build() -> None:
    with pytest.raises(ValueError, match="another name"):
        deferred("import json as __json\nclass A:\n def f(self): return __json", {"json"})


def test_two_modules_under_one_name_fail_the_build() -> None:
    with pytest.raises(ValueError, match="another os"):
        deferred("import os.path\nimport os.abc", {"os.path", "os.abc"})
