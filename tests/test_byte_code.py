"""What the build of the layer of dependencies leaves out is not missed."""

import ast
import importlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pytest

from errand_api.app import create_app
from errand_api.services import Services

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "layers/dependencies"


def _script(name: str) -> Any:
    sys.path.insert(0, str(SCRIPTS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(SCRIPTS))


DEFERRED: dict[str, set[str]] = _script("imports").DEFERRED
PACKAGES = sorted({file.partition("/")[0] for file in DEFERRED})


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages as byte code, without their sources."""
    root = tmp_path_factory.mktemp("compiled")
    for package in PACKAGES:
        module = importlib.import_module(package)
        shutil.copytree(
            Path(cast("str", module.__file__)).parent,
            root / package,
            ignore=shutil.ignore_patterns("__pycache__", "data"),
        )
    data = Path(importlib.import_module("botocore").__path__[0], "data")
    (root / "botocore/data").symlink_to(data)
    subprocess.run([sys.executable, SCRIPTS / "byte_code.py", root], check=True)  # noqa: S603 - this very interpreter
    assert not list(root.rglob("*.py"))
    return root


def in_compiled(compiled: Path, code: str) -> Any:
    """What `code` leaves in `result` where the compiled packages are found first."""
    program = (
        f"import sys; sys.path[:0] = [{str(compiled)!r}, *{sys.path!r}]\n{code}\n"
        "import json; print(json.dumps(result))"
    )
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _names(file: str) -> list[str]:
    """Public ones of the module as it was installed."""
    name = file.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return [name, *(one for one in dir(importlib.import_module(name)) if not one.startswith("_"))]


def test_modules_hand_out_what_they_did(compiled: Path) -> None:
    wanted = {names[0]: names[1:] for names in map(_names, DEFERRED)}
    missing = in_compiled(
        compiled,
        f"""
import importlib
result = []
for module, names in {wanted!r}.items():
    found = importlib.import_module(module)
    assert found.__file__.startswith({str(compiled)!r}), found
    result += [f'{{module}}.{{name}}' for name in names if not hasattr(found, name)]
""",
    )
    assert {*missing} <= {
        # Means to the same end.
        "anyio.fix_package_names",
        "anyio.install_lazy_importer",
        "anyio.set_deprecated_aliases",
        "anyio.abc.fix_package_names",
        "anyio.abc.install_lazy_importer",
        "anyio.abc.set_deprecated_aliases",
        # Modules with a `__getattr__` of their own.
        "pydantic.networks.version",
        "pydantic_core.core_schema.Fraction",
    }


def test_openapi_is_the_same(compiled: Path) -> None:
    code = "from errand_api.app import create_app; result = create_app(object()).openapi()"
    assert in_compiled(compiled, code) == create_app(cast("Services", object())).openapi()


def test_first_request_loads_none_of_it(compiled: Path) -> None:
    """What is deferred stays out; a new importer of it would go unnoticed otherwise."""
    loaded = in_compiled(
        compiled,
        """
import errand_api.app, mangum
app = errand_api.app.create_app(object())
assert app.build('/tasks') is None
result = [*sys.modules]
""",
    )
    heavy = {
        "anyio.abc._sockets",
        "botocore.docs.service",
        "dateutil",
        "email_validator",
        "errand.accounts.schemas",
        "errand.links.schemas",
        "fastapi.openapi.models",
        "opentelemetry.trace",
    }
    assert heavy & {*loaded} == set()


def test_patterns_are_what_re_makes_of_them(compiled: Path) -> None:
    files = sorted(_script("patterns").COMPOSED)
    names = [file.removesuffix(".py").replace("/", ".") for file in files]
    wanted = {
        f"{name}.{key}": [value.pattern, value.flags]
        for name in names
        for key, value in vars(importlib.import_module(name)).items()
        if isinstance(value, re.Pattern)
    }
    assert len(wanted) > 10
    different = in_compiled(
        compiled,
        f"""
import importlib, re
result = []
for name, (pattern, flags) in {wanted!r}.items():
    module, _, key = name.rpartition('.')
    # Equal: the same code, too.
    if getattr(importlib.import_module(module), key) != re.compile(pattern, flags):
        result.append(name)
""",
    )
    assert different == []


def lean(source: str, imports: set[str]) -> dict[str, Any]:
    tree = _script("deferred").defer(ast.parse(source), "module.py", imports)
    module: dict[str, Any] = {"__name__": "module"}
    exec(compile(ast.fix_missing_locations(tree), "module.py", "exec"), module)  # noqa: S102 - ours
    return module


def test_import_waits_for_its_use() -> None:
    module = lean(
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


@pytest.mark.parametrize(
    "source",
    [
        "import json\nx = json.dumps(1)",
        "import json\nclass A(json.JSONDecoder): ...",
        "import json\ndef f(json): ...",
        "import json\ndef f(): json = 1",
        "import other",
    ],
)
def test_what_cannot_wait_fails_the_build(source: str) -> None:
    with pytest.raises(ValueError, match="json"):
        lean(source, {"json"})
