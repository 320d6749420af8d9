"""No code names an operation that botocore no longer knows when it is deployed.

That those it knows are called, and allowed, is shown by tests/test_template_access.py.
"""

import ast
from collections.abc import Iterator

import botocore.session
from botocore import xform_name

from errand_testkit.template import ROOT
from slimming.service_models import OPERATIONS


def test_no_code_names_another_operation() -> None:
    session = botocore.session.get_session()
    known = {
        name: (service, operation)
        for service in OPERATIONS
        for operation in session.get_service_model(service).operation_names
        for name in (operation, xform_name(operation))
    }
    files = [*(ROOT / "layers/core").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]
    named = {
        known[name]
        for file in files
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call)
        for name in _names(node)
        if name in known
    }
    assert {one for one in named if one[1] not in OPERATIONS[one[0]]} == set()
    assert ("dynamodb", "BatchWriteItem") in named


def _names(call: ast.Call) -> Iterator[str]:
    """Of the method that is called, and of an operation that it is given."""
    of_socket = ast.unparse(call.func) == "socket.create_connection"
    if isinstance(call.func, ast.Attribute) and not of_socket:
        yield call.func.attr
    for argument in call.args:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
