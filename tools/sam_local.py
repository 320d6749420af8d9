"""Serves the API in Lambda's real runtime (`sam local start-api`) on the tables of `make run`.

Needs Docker, the artifacts of `sam build` and a running `make run`. SAM passes a function only the
variables that its template names, so it gets a copy of the built template with every value filled
in, AWS_ENDPOINT_URL among them. The embedded AWS listens on 127.0.0.1 only, which a container on
Linux cannot reach, so a relay listens on the address of Docker's bridge: no other machine sees it.
"""

import asyncio
import contextlib
import ipaddress
import json
import signal
import subprocess
import sys
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

from tools import stack
from tools.sam_template import load, resources

_BUILD = Path(".aws-sam/build")
_HOST = "host.docker.internal"


def _write_template(variables: dict[str, dict[str, str]], port: int) -> Path:
    """Write the built template with the functions' variables filled in; return its path."""
    template = load(_BUILD / "template.yaml")
    for name, function in resources(template, "AWS::Serverless::Function").items():
        function["Properties"]["Environment"]["Variables"] = variables[name] | {
            "AWS_ENDPOINT_URL": f"http://{_HOST}:{port}"
        }
    path = _BUILD / "local.json"
    path.write_text(json.dumps(template, indent=2), encoding="utf-8")
    return path


def _command(template: Path) -> list[str]:
    # SAM looks for its settings beside the template.
    settings = Path("samconfig.toml").resolve()
    return ["sam", "local", "start-api", "-t", str(template), "--config-file", str(settings)]


def _environment() -> dict[str, str]:
    environment = stack.environment()
    # SAM would give it to the containers in place of the template's.
    del environment["AWS_ENDPOINT_URL"]
    return environment


def _bridge() -> str | None:
    """Return the address of Docker's bridge if this machine has it (Linux), else None."""
    shown = subprocess.run(
        ["docker", "network", "inspect", "bridge"], capture_output=True, check=True, text=True
    )
    config = json.loads(shown.stdout)[0]["IPAM"]["Config"][0]
    gateway = config.get("Gateway") or str(next(ipaddress.ip_network(config["Subnet"]).hosts()))
    return gateway if sys.platform == "linux" else None


async def _copy(source: StreamReader, target: StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()


@contextlib.asynccontextmanager
async def _relay(address: str, target: tuple[str, int]) -> AsyncIterator[int]:
    """Relay a free port of `address` to `target`; yield the port."""

    async def connect(reader: StreamReader, writer: StreamWriter) -> None:
        upstream_reader, upstream_writer = await asyncio.open_connection(*target)
        await asyncio.gather(_copy(reader, upstream_writer), _copy(upstream_reader, writer))

    async with await asyncio.start_server(connect, address, 0) as server:
        yield server.sockets[0].getsockname()[1]


async def _serve(arguments: list[str]) -> int:
    variables = stack.variables()
    endpoint = urlsplit(stack.instance().endpoint)
    target = (endpoint.hostname or "127.0.0.1", endpoint.port or 80)
    async with contextlib.AsyncExitStack() as cleanup:
        bridge = _bridge()
        port = await cleanup.enter_async_context(_relay(bridge, target)) if bridge else target[1]
        process = await asyncio.create_subprocess_exec(
            *_command(_write_template(variables, port)),
            *arguments,
            env=_environment(),
            # Ctrl-C reaches it from here, once: a second one would stop it before its containers.
            start_new_session=True,
        )
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, process.terminate)
        return await process.wait()


def main() -> int:
    """Serve until interrupted; further arguments go to SAM (--port 3001)."""
    if not (_BUILD / "template.yaml").exists():
        print("sam-local: nothing is built: run `make build` first", file=sys.stderr)
        return 2
    try:
        return asyncio.run(_serve(sys.argv[1:]))
    except LookupError as error:
        print(f"sam-local: {error}: start it in another terminal first", file=sys.stderr)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"sam-local: Docker and the SAM CLI are needed: {error}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
