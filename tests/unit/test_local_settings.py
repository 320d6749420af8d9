from pathlib import Path

import pytest
from tools.local.failures import CannotRun
from tools.local.settings import ROOT, Settings


def test_defaults() -> None:
    assert Settings.from_environment({}) == Settings(
        port=8000, data_dir=ROOT / ".local", aws_host="127.0.0.1", aws_port=None
    )


def test_everything_can_be_set() -> None:
    environment = {
        "PORT": "9000",
        "DATA_DIR": "/data",
        "AWS_HOST": "0.0.0.0",  # noqa: S104 - for containers
        "AWS_PORT": "4567",
    }
    assert Settings.from_environment(environment) == Settings(
        port=9000,
        data_dir=Path("/data"),
        aws_host="0.0.0.0",  # noqa: S104
        aws_port=4567,
    )


@pytest.mark.parametrize("value", ["http", "-1", "65536", "8000 ", "٣"])
def test_a_port_is_a_number(value: str) -> None:
    with pytest.raises(CannotRun, match="PORT must be a number"):
        Settings.from_environment({"PORT": value})
