from pathlib import Path

import pytest
from tools.local.failures import CannotRun
from tools.local.settings import ROOT, Settings


def test_defaults() -> None:
    assert Settings.from_environment({}) == Settings(
        host="127.0.0.1",
        port=8000,
        data_dir=ROOT / ".local",
        aws_host="127.0.0.1",
        aws_port=None,
        parameters={"CorsAllowOrigins": "http://localhost:5173"},
    )


def test_everything_can_be_set() -> None:
    environment = {
        "HOST": "0.0.0.0",  # noqa: S104 - for a phone
        "PORT": "9000",
        "DATA_DIR": "/data",
        "AWS_HOST": "0.0.0.0",  # noqa: S104 - for containers
        "AWS_PORT": "4567",
        "CORS_ORIGINS": "",
        "APP_URL": "http://localhost:3000/app",
    }
    assert Settings.from_environment(environment) == Settings(
        host="0.0.0.0",  # noqa: S104
        port=9000,
        data_dir=Path("/data"),
        aws_host="0.0.0.0",  # noqa: S104
        aws_port=4567,
        parameters={"CorsAllowOrigins": "", "AppUrl": "http://localhost:3000/app"},
    )


def test_what_has_no_effect_is_told() -> None:
    given = {"ERRAND_CORS_ORIGINS": "https://a.example", "ERRAND_APP_URL": "", "EDITOR": "ed"}
    unused = Settings.from_environment(given).unused
    assert unused == ("ERRAND_APP_URL", "ERRAND_CORS_ORIGINS")


@pytest.mark.parametrize("value", ["http", "-1", "65536", "8000 ", "٣"])
def test_a_port_is_a_number(value: str) -> None:
    with pytest.raises(CannotRun, match="PORT must be a number"):
        Settings.from_environment({"PORT": value})
