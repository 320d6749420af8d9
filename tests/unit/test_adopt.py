"""`make adopt`: what is imported stands by itself; tests/e2e/test_adoption.py does it."""

import json

from tools.adopt import declared


def test_what_is_imported_refers_to_nothing_of_the_template() -> None:
    tables = declared({"DataTable": "data", "LogTable": "log"})
    told = json.dumps(tables)
    assert "Fn::" not in told
    assert '"Ref"' not in told
    assert all(
        table["Properties"]["DeletionProtectionEnabled"] is True for table in tables.values()
    )
