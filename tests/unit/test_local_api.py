"""The API's process: what becomes of one that cannot even be imported."""

from pathlib import Path

import pytest
from tools.local.api import Api
from tools.local.failures import CannotRun
from tools.local.settings import LOOPBACK
from tools.local.sockets import listen


def test_one_that_ends_before_it_has_its_environment_is_told_of_and_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uvicorn.py").write_text("raise SystemExit(1)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with listen(LOOPBACK, 0, variable="PORT") as bound:
        api = Api(bound=bound)
        api._child.process.wait()
        api.begin({"ERRAND_DATA_TABLE": "DataTable"})
        with pytest.raises(CannotRun, match="did not start"):
            api.wait()
        api.stop()
