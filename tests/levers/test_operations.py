"""No code names an operation that botocore no longer knows when it is deployed.

That those it knows are called, and allowed, is shown by tests/test_template_access.py.
"""

import ast
from collections import defaultdict
from collections.abc import Iterator

import botocore.session
from botocore import xform_name

from errand_testkit.stack import ROOT
from slimming.service_models import OPERATIONS


def test_no_code_names_another_operation() -> None:
    session = botocore.session.get_session()
    # Several services may have one of that name.
    known: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for service in OPERATIONS:
        for operation in session.get_service_model(service).operation_names:
            for name in (operation, xform_name(operation)):
                known[name].add((service, operation))
    files = [*(ROOT / "layers/core").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    named = {
        frozenset(known[name])
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        for name in _names(node)
        if name in known
    }
    kept = {(service, operation) for service in OPERATIONS for operation in OPERATIONS[service]}
    assert {one for one in named if not one & kept} == set()
    assert {("dynamodb", "BatchWriteItem")} in named


def _names(call: ast.Call) -> Iterator[str]:
    """Of the method that is called, and of an operation that it is given."""
    if isinstance(call.func, ast.Attribute) and call.func.attr != "create_connection":
        yield call.func.attr
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
