"""Settings of `make run`, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.local.failures import CannotRun

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
USUAL_AWS_PORT = 4566
HIGHEST_PORT = 65535


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    port: int  # of the API; 0: any free one
    data_dir: Path
    aws_host: str  # address the embedded AWS listens on
    aws_port: int | None  # None: the usual one, or any free one if that is taken

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises CannotRun for a value that makes no sense."""
        aws_port = environment.get("AWS_PORT")
        return cls(
            port=_port("PORT", environment.get("PORT") or "8000"),
            data_dir=ROOT / Path(environment.get("DATA_DIR") or ".local").expanduser(),
            aws_host=environment.get("AWS_HOST") or LOOPBACK,
            aws_port=_port("AWS_PORT", aws_port) if aws_port else None,
        )


def _port(name: str, value: str) -> int:
    if value.isascii() and value.isdigit() and int(value) <= HIGHEST_PORT:
        return int(value)
    raise CannotRun(f"{name} must be a number from 0 to {HIGHEST_PORT}, not {value!r}")
