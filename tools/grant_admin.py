"""Makes a user an administrator: `make grant-admin USER=name`, on `make run` or on STACK=name.

No request can do it. `--revoke` takes it back; sessions notice within 30 seconds.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

from tools import deployment
from tools.deployment import Refused

from errand.clock import Clock, system_clock
from errand.errors import Contended
from errand.identity.accounts.model import Account
from errand.identity.accounts.ports import AccountRepository
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.audit.model import Act
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.audit.service import AuditTrail
from errand.ids import new_id
from errand.origin import Origin
from errand.storage.unit import DynamoStore, Store, Unit, repeated


def grant(
    accounts: AccountRepository,
    *,
    store: Store,
    trail: AuditTrail,
    username: str,
    admin: bool,
    clock: Clock,
) -> str:
    """Grant it or, if not `admin`, take it back; tell what was done. Raises Refused."""
    what = "an administrator" if admin else "no administrator"

    def change(account: Account) -> str:
        if account.admin == admin:
            return f"{account.username} is {what} already"
        unit = Unit()
        accounts.change(unit, account, {"admin": admin}, now=clock())
        trail.add(
            unit,
            Act.ADMIN_GRANTED if admin else Act.ADMIN_REVOKED,
            user_id=account.id,
            actor=None,
            origin=Origin(address=None, agent="make grant-admin", request_id=new_id()),
        )
        store.commit(unit)
        return f"{account.username} is {what} now"

    def find() -> Account:
        account = accounts.find(username)
        if account is None:
            raise Refused(f"there is no user {username}")
        return account

    try:
        return repeated(find, change)
    except Contended:
        raise Refused(f"the account of {username} keeps changing: try again") from None


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, change the account, print what was done."""
    parser = ArgumentParser(prog="grant-admin", description="Make a user an administrator.")
    deployment.add_option(parser)
    parser.add_argument("--revoke", action="store_true", help="take it back")
    parser.add_argument("user", help="their username")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        target.connect()
        store = DynamoStore()
        done = grant(
            DynamoAccounts(),
            store=store,
            trail=AuditTrail(audit=DynamoAuditLog(), store=store, clock=system_clock),
            username=arguments.user,
            admin=not arguments.revoke,
            clock=system_clock,
        )
        return f"{target.name}: {done}"

    return deployment.carry_out("grant-admin", act)


if __name__ == "__main__":
    sys.exit(main())
