"""What the build of the layer of dependencies leaves out is not missed."""

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
from slimming.byte_code import compile_all
from slimming.deferred_files import DEFERRED
from slimming.patterns import COMPOSED

pytestmark = pytest.mark.deep

# Our own code: test_own_code.py.
THEIRS = sorted(file for file in COMPOSED if not file.startswith("errand/"))
PACKAGES = sorted({file.partition("/")[0] for file in {*DEFERRED, *THEIRS}})


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
    compile_all(root, seen_at="/opt/python")
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
    module = importlib.import_module(name)
    # Modules inside a package are names of it as soon as somebody has imported them.
    inside = {one.rpartition(".")[2] for one in sys.modules if one.rpartition(".")[0] == name}
    names = {one for one in dir(module) if not one.startswith("_")}
    return [name, *sorted(names - inside | {*getattr(module, "__all__", ())})]


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
        "botocore.vendored.six",
        "dateutil.tz",
        "email_validator",
        "errand.identity.accounts.schemas",
        "errand.links.schemas",
        "fastapi.openapi.models",
        "errand.tasks.queries",
        "errand.tasks.schemas",
        "opentelemetry.trace",
        "xml.etree.ElementTree",
    }
    assert heavy & {*loaded} == set()


def test_patterns_are_what_re_makes_of_them(compiled: Path) -> None:
    names = [file.removesuffix(".py").replace("/", ".") for file in THEIRS]
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
