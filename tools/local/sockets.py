"""Listening sockets: taken before anything else starts, so that a port in use is known at once."""

import socket

from tools.local.failures import CannotRun
from tools.local.settings import LOOPBACK, USUAL_AWS_PORT

EVERYWHERE = "0.0.0.0"  # noqa: S104 - only compared with
BACKLOG = 128


def listen(host: str, port: int, *, variable: str) -> socket.socket:
    """Raises CannotRun if the address cannot be had; `variable` is what its user can change."""
    try:
        return _bound(host, port)
    except OSError as error:
        reason = error.strerror or str(error)
        raise CannotRun(
            f"cannot listen on {host}:{port} ({reason}): choose another with {variable}=…"
        ) from None


def listen_for_aws(host: str, port: int | None) -> socket.socket:
    """`port` None: the usual one of such emulators, or any free one if it is taken."""
    if port is not None:
        return listen(host, port, variable="AWS_PORT")
    try:
        return _bound(host, USUAL_AWS_PORT)
    except OSError:
        return listen(host, 0, variable="AWS_PORT")


def url_of(bound: socket.socket) -> str:
    """Where clients on this machine reach it."""
    host, port = bound.getsockname()
    return f"http://{LOOPBACK if host == EVERYWHERE else host}:{port}"


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # Otherwise a restart had to wait until the connections of the last run are forgotten.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        # Only listening tells whether the port is free: two sockets can be bound to it.
        bound.listen(BACKLOG)
    except OSError:
        bound.close()
        raise
    return bound
