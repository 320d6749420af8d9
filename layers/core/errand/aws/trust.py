"""Whom AWS's clients trust, read once in a process.

botocore makes a TLS context for each client, and urllib3 reads the bundle of certificates into it
again for each connection: 202 million instructions each time, half a cold start for two clients.
"""

import os
from functools import cache, lru_cache
from pathlib import Path
from socket import socket
from ssl import SSLContext, SSLSocket
from typing import Any

import botocore
from botocore import httpsession
from botocore.session import Session

# Written when the layer is built (slimming/amazon_roots.py), and there only: elsewhere certifi's.
_ROOTS = Path(botocore.__file__).with_name("amazon_roots.pem")
_make_context = httpsession.create_urllib3_context


@cache
def _context() -> SSLContext:
    context: Any = _make_context()
    # botocore leaves it to urllib3.
    context.check_hostname = True
    # The same file again adds nothing.
    context.load_verify_locations = lru_cache(context.load_verify_locations)
    found: SSLContext = context
    return found


def secured(connection: socket, *, host: str, bundle: str) -> SSLSocket:
    """TLS with `host`, vouched for by an authority in the file `bundle`. Raises OSError."""
    context = _context()
    # As urllib3 calls it, so that it is read once for both.
    context.load_verify_locations(bundle, None, None)
    return context.wrap_socket(connection, server_hostname=host)


def use_one_context(session: Session) -> None:
    """For this and every other session's clients that are made from now on.

    With the roots of Amazon alone where nobody chose others (AWS_CA_BUNDLE, an own endpoint) and
    where certificates lead to them: in China and the isolated partitions they come from elsewhere.
    """
    httpsession.create_urllib3_context = _context
    if (
        _ROOTS.exists()
        and session.get_config_variable("ca_bundle") is None
        and not any(name.startswith("AWS_ENDPOINT_URL") for name in os.environ)
        and _is_commercial(session)
    ):
        session.set_config_variable("ca_bundle", str(_ROOTS))


def _is_commercial(session: Session) -> bool:
    region = session.get_config_variable("region")
    return bool(region) and session.get_partition_for_region(region) == "aws"
