"""Makes a user an administrator: `make grant-admin USER=name`, on `make run` or on STACK=name.

No request can do it. `--revoke` takes it back; sessions notice within 30 seconds.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from tools import deployment
from tools.deployment import Refused

from errand.accounts.repository import AccountRepository, DynamoAccounts
from errand.audit.model import Act, record_of
from errand.clock import system_clock
from errand.config import Settings
from errand.errors import PreconditionFailed
from errand.ids import new_id
from errand.origin import Origin
from errand.storage.tables import connect

_ATTEMPTS = 3


def grant(accounts: AccountRepository, *, username: str, admin: bool, now: int) -> str:
    """Grant it or, if not `admin`, take it back; tell what was done. Raises Refused."""
    for _ in range(_ATTEMPTS):
        account = accounts.find(username)
        if account is None:
            raise Refused(f"there is no user {username}")
        what = "an administrator" if admin else "no administrator"
        if account.admin == admin:
            return f"{account.username} is {what} already"
        record = record_of(
            Act.ADMIN_GRANTED if admin else Act.ADMIN_REVOKED,
            user_id=account.id,
            actor=None,
            origin=Origin(address=None, agent="make grant-admin", request_id=new_id()),
            now=now,
        )
        try:
            accounts.change(account, {"admin": admin}, now=now, records=[record])
        except PreconditionFailed:
            continue
        return f"{account.username} is {what} now"
    raise Refused(f"the account of {username} keeps changing: try again")


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, change the account, print what was done."""
    parser = ArgumentParser(prog="grant-admin", description="Make a user an administrator.")
    deployment.add_option(parser)
    parser.add_argument("--revoke", action="store_true", help="take it back")
    parser.add_argument("user", help="their username")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        settings = Settings(
            data_table=target.output("DataTableName"),
            ephemeral_table=target.output("EphemeralTableName"),
            signing_secret=target.output("SigningSecretName"),
            on_lambda=False,
        )
        connect(settings)
        done = grant(
            DynamoAccounts(),
            username=arguments.user,
            admin=not arguments.revoke,
            now=system_clock(),
        )
        return f"{target.name}: {done}"

    return deployment.carry_out("grant-admin", act)


if __name__ == "__main__":
    sys.exit(main())
