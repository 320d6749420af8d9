"""The API under uvicorn, on a socket that is already listening (its file descriptor: argument 1).

Standard input is the lifeline: when whoever started it is gone, it stops.
"""

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


def main() -> None:
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


def _end_with_lifeline() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written to it, so this returns at its end
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
