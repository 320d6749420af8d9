"""The API under uvicorn, on a socket that is already listening (its file descriptor: argument 1).

Standard input is a line of JSON, which is its environment, and then the lifeline: when whoever
started it is gone, it stops.
"""

import json
import os
import signal
import socket
import sys
from threading import Thread

import uvicorn

from errand_api.app import create_app
from errand_api.services import Services

GRACE = 8  # seconds for requests under way when it stops: then they are cut off


class Server(uvicorn.Server):
    """Ends what would go on for ever before it waits for its answers to end."""

    def __init__(self, config: uvicorn.Config, services: Services) -> None:
        super().__init__(config)
        self._services = services

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._services.stop()
        await super().shutdown(sockets)


def main() -> int:
    # Imported while the embedded AWS starts, which knows what is in it.
    line = sys.stdin.buffer.readline()
    if not line:
        return 0
    os.environ.clear()
    os.environ.update(json.loads(line))
    Thread(target=_end_with_lifeline, daemon=True).start()
    app = create_app()
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=GRACE,
        access_log=os.environ.get("ACCESS_LOG") != "0",
    )
    Server(config, app.state.services).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
    return 0


def _end_with_lifeline() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing more is written to it, so this returns at its end
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
