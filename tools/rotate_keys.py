"""Rotates the keys that sign access tokens: `make rotate-keys`, of `make run` or of STACK=name.

A new key signs and the two before it still verify, so nobody is logged out, as long as no third
rotation follows within 25 minutes (10 until every instance knows a key, 15 that a token lives).
`--withdraw`, after a leak, leaves the new key alone: access tokens die, refresh tokens renew them.
"""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from secrets import token_urlsafe
from typing import Any

from tools import deployment
from tools.deployment import Refused

from errand.aws import client
from errand.keys import Key, KeyRing, parse_ring

PREVIOUS_MAX = 2
_SECRET_BYTES = 48
_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"


def rotated(ring: KeyRing, *, secret: str, withdraw: bool) -> KeyRing:
    """With a new key that signs, numbered above all that are there."""
    numbers = [int(key.kid) for key in ring.keys if key.kid.isascii() and key.kid.isdigit()]
    new = Key(str(max(numbers, default=0) + 1), secret.encode())
    return KeyRing((new, *(() if withdraw else ring.keys[:PREVIOUS_MAX])))


def dump(ring: KeyRing) -> str:
    """What parse_ring reads."""
    current, *previous = ({"kid": key.kid, "key": key.secret.decode()} for key in ring.keys)
    return json.dumps({**current, "previous": previous})


def rotate(secrets: Any, secret_id: str, *, withdraw: bool) -> KeyRing:
    """Replace the ring in Secrets Manager, if it still is the one that was read; return the new.

    Raises Refused if another rotation came first, ConfigurationError.
    """
    present = secrets.get_secret_value(SecretId=secret_id, VersionStage=_CURRENT)
    ring = rotated(
        parse_ring(present.get("SecretString", "")),
        secret=token_urlsafe(_SECRET_BYTES),
        withdraw=withdraw,
    )
    new = secrets.put_secret_value(
        SecretId=secret_id, SecretString=dump(ring), VersionStages=[_PENDING]
    )["VersionId"]
    try:
        # To put it as the current one at once would replace whatever is there by then.
        # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
        secrets.update_secret_version_stage(
            SecretId=secret_id,
            VersionStage=_CURRENT,
            MoveToVersionId=new,
            RemoveFromVersionId=present["VersionId"],
        )
    except secrets.exceptions.InvalidParameterException:
        # A call that was repeated, because its answer was lost, is refused as well.
        present = secrets.get_secret_value(SecretId=secret_id, VersionStage=_CURRENT)
        if present["VersionId"] != new:
            raise Refused("another rotation came first, this one changed nothing") from None
    return ring


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, rotate, tell which keys count from now on, never the keys."""
    parser = ArgumentParser(prog="rotate-keys", description="Rotate the signing keys.")
    deployment.add_option(parser)
    parser.add_argument("--withdraw", action="store_true", help="previous keys verify no longer")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        ring = rotate(
            client("secretsmanager", read_timeout=10),
            target.output("SigningSecretName"),
            withdraw=arguments.withdraw,
        )
        previous = ", ".join(key.kid for key in ring.keys[1:]) or "none"
        return (
            f"{target.name}: key {ring.current.kid} signs, previous keys that still verify:"
            f" {previous}; every instance follows within 10 minutes"
        )

    return deployment.carry_out("rotate-keys", act)


if __name__ == "__main__":
    sys.exit(main())
