"""Settings of `make run`, from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tools.local.failures import CannotRun

ROOT = Path(__file__).parents[2]
LOOPBACK = "127.0.0.1"
USUAL_AWS_PORT = 4566
HIGHEST_PORT = 65535
# Where the usual development servers of web clients are.
USUAL_ORIGIN = "http://localhost:5173"
# Variable -> the template's parameter.
PARAMETERS = {
    "CORS_ORIGINS": "CorsAllowOrigins",
    "APP_URL": "AppUrl",
    "PUBLIC_URL": "PublicUrl",
    "LOOPBACK_WEBHOOKS": "LoopbackWebhooks",
    "PUSH_CONTACT": "PushContact",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    host: str  # address the API listens on
    port: int  # of the API; 0: any free one
    data_dir: Path
    aws_host: str  # address the embedded AWS listens on
    aws_port: int | None  # None: the usual one, or any free one if that is taken
    parameters: Mapping[str, str] = field(default_factory=dict)  # of the template
    unused: tuple[str, ...] = ()  # variables that are given and have no effect

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Settings":
        """Raises CannotRun for a value that makes no sense."""
        aws_port = environment.get("AWS_PORT")
        return cls(
            host=environment.get("HOST") or LOOPBACK,
            port=_port("PORT", environment.get("PORT") or "8000"),
            data_dir=data_dir(environment),
            aws_host=environment.get("AWS_HOST") or LOOPBACK,
            aws_port=_port("AWS_PORT", aws_port) if aws_port else None,
            parameters={"CorsAllowOrigins": USUAL_ORIGIN}
            | {
                parameter: environment[name]
                for name, parameter in PARAMETERS.items()
                if name in environment
            },
            unused=tuple(sorted(name for name in environment if name.startswith("ERRAND_"))),
        )


def data_dir(environment: Mapping[str, str]) -> Path:
    return ROOT / Path(environment.get("DATA_DIR") or ".local").expanduser()


def _port(name: str, value: str) -> int:
    if value.isascii() and value.isdigit() and int(value) <= HIGHEST_PORT:
        return int(value)
    raise CannotRun(f"{name} must be a number from 0 to {HIGHEST_PORT}, not {value!r}")
