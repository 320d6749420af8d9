"""botocore's handlers of events that cannot happen here: of other services, of documentation.

They would be registered at every start and copied for each client: 100 of 127, 53 million
instructions, a tenth of a cold start of the functions that follow events.
"""

import ast

from slimming.service_models import OPERATIONS

FILE = "botocore/handlers.py"
# The services of OPERATIONS as botocore names them in its events.
SERVICES = frozenset(
    {
        "apigatewaymanagementapi",
        "codedeploy",
        "dynamodb",
        "eventbridge",
        "lambda",
        "scheduler",
        "secrets-manager",
        "sesv2",
        "sqs",
    }
)
# Of a service of which one function makes a client: kept apart until errand.aws asks for them.
APART = "s3"
_LIST, _LIST_APART = "BUILTIN_HANDLERS", "S3_HANDLERS"


def keep_own(tree: ast.Module) -> ast.Module:
    """Raises ValueError where the list is no longer what it was."""
    lists = [
        one.value
        for one in tree.body
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == _LIST
    ]
    if len(lists) != 1 or not isinstance(lists[0], ast.List):
        raise ValueError(f"{FILE} has no {_LIST}")
    entries = [(_event(entry), entry) for entry in lists[0].elts]
    lists[0].elts = [entry for event, entry in entries if _is_ours(event)]
    apart = ast.parse(f"{_LIST_APART} = []").body
    assert isinstance(apart[0], ast.Assign)  # noqa: S101 - as it is written
    apart[0].value = ast.List([entry for event, entry in entries if _is_apart(event)], ast.Load())
    tree.body += apart
    return ast.fix_missing_locations(tree)


def _event(entry: ast.expr) -> str:
    if isinstance(entry, ast.Tuple) and isinstance(entry.elts[0], ast.Constant):
        return str(entry.elts[0].value)
    raise ValueError(f"{FILE}:{entry.lineno} is no event and its handler")


def _is_apart(event: str) -> bool:
    kind, *service = event.split(".")
    if kind == "docs" or service[:1] != [APART]:
        return False
    return service[1:] in ([], ["*"]) or service[1] in OPERATIONS[APART]


def _is_ours(event: str) -> bool:
    kind, _, rest = event.partition(".")
    return kind != "docs" and (not rest or rest.partition(".")[0] in {*SERVICES, "*"})
