"""What who operates a deployment can do with an account: `make user NAME=…`, as administrators can.

On `make run` or on STACK=name. Each act but looking is in the account's security log; what is left
of a deleted account goes as if its owner had deleted it.
"""

import json
import secrets
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tools import deployment
from tools.deployment import Deployment, Refused

from errand.clock import Clock, system_clock
from errand.codecs import instant
from errand.errors import Contended
from errand.export.repository import DynamoCollection
from errand.export.service import ExportService
from errand.identity.accounts.model import Account
from errand.identity.accounts.ports import AccountRepository
from errand.identity.accounts.repository import DynamoAccounts
from errand.identity.administration.schemas import UserUpdate
from errand.identity.administration.service import AdministrationService
from errand.identity.audit.model import Act
from errand.identity.audit.repository import DynamoAuditLog
from errand.identity.audit.service import AuditTrail
from errand.identity.caller import Caller
from errand.ids import new_id
from errand.keys import Key, KeyRing
from errand.origin import Origin
from errand.pages import Pager
from errand.storage.unit import DynamoStore, Store, Unit, repeated

_AGENT = "make user"


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """`pager`: of an export, which goes on here and nowhere else."""

    accounts: AccountRepository
    store: Store
    trail: AuditTrail
    pager: Pager
    clock: Clock

    def show(self, name: str) -> str:
        """Raises Refused, as all of these."""
        account = self._find(name)
        told = {
            "id": account.id,
            "username": account.username,
            "email": account.email or "none",
            "verified": account.email_verified,
            "created": instant(account.created_at),
            "disabled": account.disabled,
            "administrator": account.admin,
            "two-step log-in": account.mfa_enabled,
        }
        return "".join(f"\n  {what}: {value}" for what, value in told.items())

    def disable(self, name: str) -> str:
        self._update(name, UserUpdate(disabled=True))
        return f"{name} is disabled, and logged out"

    def enable(self, name: str) -> str:
        self._update(name, UserUpdate(disabled=False))
        return f"{name} is enabled"

    def log_out(self, name: str) -> str:
        self._update(name, UserUpdate(log_out=True))
        return f"{name} is logged out everywhere, and has no personal access tokens"

    def export(self, name: str) -> dict[str, Any]:
        """As GET /users/me/export has it, whatever its size, in one document."""
        account = self._find(name)
        self.trail.note(Act.EXPORTED, user_id=account.id, actor=None, origin=_origin())
        service = ExportService(collection=DynamoCollection(), pager=self.pager, clock=self.clock)
        caller = Caller(user_id=account.id, scopes=frozenset())
        page = service.page(caller=caller, cursor=None)
        whole = {**page.items[0]}
        while page.cursor:
            page = service.page(caller=caller, cursor=page.cursor)
            for section, content in page.items[0].items():
                if isinstance(content, list):
                    whole[section] = [*whole[section], *content]
                elif content is not None and section != "exported_at":
                    whole[section] = content
        return whole

    def delete(self, name: str) -> str:
        def remove(account: Account) -> None:
            unit = Unit()
            self.accounts.remove(unit, account)
            self.store.commit(unit)

        self._repeat(name, remove)
        return f"{name} is deleted, and what is left of it goes within minutes"

    def _update(self, name: str, update: UserUpdate) -> None:
        service = AdministrationService(
            accounts=self.accounts,
            store=self.store,
            trail=self.trail,
            pager=self.pager,
            clock=self.clock,
        )
        try:
            service.update(actor=None, user_id=self._find(name).id, update=update, origin=_origin())
        except Contended:
            raise _changing(name) from None

    def _repeat(self, name: str, act: Callable[[Account], None]) -> None:
        try:
            repeated(lambda: self._find(name), act)
        except Contended:
            raise _changing(name) from None

    def _find(self, name: str) -> Account:
        account = self.accounts.find(name)
        if account is None:
            raise Refused(f"there is no user {name}")
        return account


ACTIONS: dict[str, Callable[[Operator, str], str]] = {
    "show": Operator.show,
    "disable": Operator.disable,
    "enable": Operator.enable,
    "log-out": Operator.log_out,
    "export": lambda operator, name: json.dumps(
        operator.export(name), ensure_ascii=False, indent=2
    ),
    "delete": Operator.delete,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, act, print what was done."""
    parser = ArgumentParser(prog="user", description="Look after an account.")
    deployment.add_option(parser)
    parser.add_argument("--action", choices=ACTIONS, default="show")
    parser.add_argument("--yes", action="store_true", help="delete without being asked")
    parser.add_argument("name", help="their username")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        operator = _operator(target)
        if arguments.action == "delete" and not arguments.yes:
            _ask(target, operator.show(arguments.name), arguments.name)
        done = ACTIONS[arguments.action](operator, arguments.name)
        return done if arguments.action == "export" else f"{target.name}: {done}"

    return deployment.carry_out("user", act)


def _operator(target: Deployment) -> Operator:
    target.connect()
    store = DynamoStore()
    return Operator(
        accounts=DynamoAccounts(),
        store=store,
        trail=AuditTrail(audit=DynamoAuditLog(), store=store, clock=system_clock),
        pager=Pager(KeyRing((Key("export", secrets.token_bytes(32)),))),
        clock=system_clock,
    )


def _ask(target: Deployment, shown: str, name: str) -> None:
    """Raises Refused."""
    if not sys.stdin.isatty():
        raise Refused("deleting an account takes YES=1, or somebody who can be asked")
    if input(f"{target.name}: {shown}\nDelete it for good? Type its name: ") != name:
        raise Refused("nothing was deleted")


def _origin() -> Origin:
    return Origin(address=None, agent=_AGENT, request_id=new_id())


def _changing(name: str) -> Refused:
    return Refused(f"the account of {name} keeps changing: try again")


if __name__ == "__main__":
    sys.exit(main())
