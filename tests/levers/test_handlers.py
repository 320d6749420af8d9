"""Of botocore's handlers, those that one of our calls can reach are all there."""

import ast
import json
from pathlib import Path

import botocore.session
import pytest
from botocore import handlers as whole
from tests.levers.conftest import on_lambda, python

from slimming.handlers import APART, SERVICES, keep_own
from slimming.service_models import OPERATIONS

# Who of the handlers is called for each event that a client of ours can send.
LISTED = """
import json
from botocore import handlers
BUILTIN_HANDLERS = handlers.BUILTIN_HANDLERS + getattr(handlers, 'S3_HANDLERS', [])
from botocore.hooks import HierarchicalEmitter
emitter = HierarchicalEmitter()
for event, handler, *_ in BUILTIN_HANDLERS:
    emitter.register(event, handler)
print(json.dumps({
    event: [getattr(one, '__qualname__', '') for one in emitter._handlers.prefix_search(event)]
    for event in EVENTS
}))
"""


def test_every_event_of_ours_has_the_handlers_that_it_had(layer: Path) -> None:
    session = botocore.session.get_session()
    kinds = {entry[0].partition(".")[0] for entry in whole.BUILTIN_HANDLERS} - {"docs"}
    events = ["choose-service-name"]
    for service, operations in OPERATIONS.items():
        name = session.get_service_model(service).service_id.hyphenize()
        for kind in sorted(kinds):
            events += [f"{kind}.{name}", *(f"{kind}.{name}.{one}" for one in sorted(operations))]
    code = f"exec({f'EVENTS = {events!r}{LISTED}'!r})"
    found = json.loads(on_lambda(code, layer))
    assert found == json.loads(python(code))
    assert len([event for event, called in found.items() if called]) > 50


def test_handlers_of_others_are_gone(layer: Path) -> None:
    code = "from botocore.handlers import BUILTIN_HANDLERS as h; print(*(one[0] for one in h))"
    events = on_lambda(code, layer).split()
    assert "after-call.sqs.*" in events
    assert not [event for event in events if event.startswith("docs.*.s3")]
    assert len(events) < len(whole.BUILTIN_HANDLERS) / 3


def test_services_are_those_of_the_operations() -> None:
    session = botocore.session.get_session()
    ids = {session.get_service_model(service).service_id.hyphenize() for service in OPERATIONS}
    assert ids == SERVICES | {APART}


def test_handlers_of_s3_wait_until_a_client_of_it_is_made(layer: Path) -> None:
    code = """
from botocore import handlers
from errand.aws import client
def known():
    return len([one for one in handlers.BUILTIN_HANDLERS if '.s3' in one[0]])
before = known()
for _ in range(2):
    client('s3', read_timeout=1)
print(before, known())
"""
    before, after = map(int, on_lambda(f"exec({code!r})", layer).split())
    assert (before, after > 5) == (0, True)


@pytest.mark.parametrize("source", ["x = []", "BUILTIN_HANDLERS = f()", "BUILTIN_HANDLERS = [f()]"])
def test_another_form_of_the_list_fails_the_build(source: str) -> None:
    with pytest.raises(ValueError, match=r"handlers\.py"):
        keep_own(ast.parse(source))
