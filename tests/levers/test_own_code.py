"""Our own code as it is deployed: as slim as that of third parties, and the same to everybody."""

import ast
import json
from pathlib import Path
from typing import cast

import pytest
from tests.levers.conftest import ROOT, on_lambda

from errand_api.app import create_app
from errand_api.services import Services
from slimming.patterns import precompile


def test_it_is_byte_code_that_no_time_stamp_can_make_stale(ours: tuple[Path, Path]) -> None:
    for root in ours:
        assert not [*root.rglob("*.py"), *root.rglob("__pycache__")]
        for file in root.rglob("*.pyc"):
            # Unchecked: a zip has no times of its own.
            assert file.read_bytes()[4:8] == b"\x01\x00\x00\x00"


def test_openapi_is_the_same(layer: Path, ours: tuple[Path, Path]) -> None:
    code = "import json, errand_api.app as a; print(json.dumps(a.create_app(object()).openapi()))"
    built = json.loads(on_lambda(code, layer, *ours))
    sources = create_app(cast("Services", object())).openapi()
    assert built == json.loads(json.dumps(sources))


def test_tracebacks_name_file_and_line(layer: Path, ours: tuple[Path, Path]) -> None:
    code = """
import traceback
from errand import text
try:
    text.encodable('\\ud800')
except ValueError as error:
    (*_, frame) = traceback.extract_tb(error.__traceback__)
    print(frame.filename, frame.lineno, frame.name)
"""
    file, line, name = on_lambda(f"exec({code!r})", layer, *ours).split()
    source = (ROOT / "layers/core/errand/text.py").read_text().splitlines()
    assert (file, name) == ("/opt/python/errand/text.py", "encodable")
    assert "raise refused" in source[int(line) - 1]


@pytest.mark.deep
def test_no_pattern_of_a_module_is_compiled_at_a_start() -> None:
    ours = [ROOT / "layers/core/errand", ROOT / "functions/api/errand_api"]
    for package in ours:
        for file in package.rglob("*.py"):
            name = file.relative_to(package.parent).as_posix()
            for statement in precompile(ast.parse(file.read_bytes()), name).body:
                if isinstance(statement, ast.Assign) and "re.compile" in ast.unparse(statement):
                    assert "_sre" in ast.unparse(statement), f"{name}:{statement.lineno}"
