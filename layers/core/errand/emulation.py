"""Under `sam local`: the embedded AWS of `make run` in the place of AWS.

SAM gives a function the region and the credentials of whoever tries it out, and no variable that
template.yaml does not name: left alone, it would go to their account.
"""

import os
import socket
from urllib.parse import urlsplit

from errand.errors import ConfigurationError

# Where a container finds what listens on the host, at the port that `make run` prefers.
_ENDPOINT = "http://host.docker.internal:4566"
_REGION = "us-east-1"


def is_emulated() -> bool:
    return bool(os.environ.get("AWS_SAM_LOCAL"))


def lead_to_make_run() -> None:
    """Clients that are made from now on go there. Raises ConfigurationError if nothing answers.

    `make sam-local` says itself where.
    """
    endpoint = os.environ.setdefault("AWS_ENDPOINT_URL", _ENDPOINT)
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = _REGION
    try:
        address = urlsplit(endpoint)
        socket.create_connection((address.hostname or "", address.port or 80), timeout=2).close()
    except (OSError, ValueError):
        raise ConfigurationError(
            f"Nothing answers at {endpoint}: start `make run` in another terminal; on Linux "
            "`make run AWS_HOST=172.17.0.1`, the address of Docker's bridge"
        ) from None
