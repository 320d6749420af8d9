"""The API under uvicorn, on a socket that is already listening (its file descriptor: argument 1).

Standard input is the lifeline: when whoever started it is gone, it stops.
"""

import os
import signal
import socket
import sys
from threading import Thread

import uvicorn

GRACE = 8  # seconds for requests under way when it stops: then they are cut off


def main() -> None:
    Thread(target=_end_with_lifeline, daemon=True).start()
    config = uvicorn.Config(
        "errand_api.app:create_app",
        factory=True,
        loop="uvloop",
        http="httptools",
        timeout_graceful_shutdown=GRACE,
    )
    uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])


def _end_with_lifeline() -> None:
    os.read(sys.stdin.fileno(), 1)  # nothing is ever written to it, so this returns at its end
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
