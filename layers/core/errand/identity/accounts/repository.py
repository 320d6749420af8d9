"""Accounts in DynamoDB, and the claims that make their names unique.

A claim is an item of its own, written in the transaction that writes the account: of two people who
ask for a name at once, one gets it. It is also how a name leads to its account.
"""

from errand.cursors import Position
from errand.errors import AlreadyTaken
from errand.folding import folded
from errand.identity.accounts.identities import key_of
from errand.identity.accounts.model import LISTED_AS, Account, AccountChanges, Claim
from errand.pages import Slice
from errand.records import Item
from errand.storage.attempts import ConditionFailed
from errand.storage.kinds import ACCOUNT, IDENTITY, Key
from errand.storage.mapper import mapper
from errand.storage.marks import add_marked
from errand.storage.operations import Delete, Put, get
from errand.storage.ranges import BY_AGE, KeyRange, position_of, read
from errand.storage.unit import Unit, made_before, overtaken

_NOBODY = "nobody"
_LABELS = {"username": "Username", "email": "Email"}

_ACCOUNTS = mapper(ACCOUNT, Account)
_CLAIMS = mapper(IDENTITY, Claim)


class DynamoAccounts:
    """AccountRepository on DataTable."""

    def add(self, unit: Unit, account: Account) -> None:
        """Refused as AlreadyTaken."""
        item = _ACCOUNTS.item(ACCOUNT.key(account.id), account)
        unit.add(Put(item, _ACCOUNTS.is_free), made_before)
        for kind, key in _identities(account).items():
            _claim(unit, kind, key, account.id)

    def find(self, name: str, *, kind: str = "username") -> Account | None:
        """By a name of a `kind`: two reads, whether somebody has that name or not."""
        claim = get(_CLAIMS.model, identity_key(kind, name))
        return self.read(_CLAIMS.of(claim).user_id if claim else _NOBODY)

    def read(self, user_id: str) -> Account | None:
        item = get(_ACCOUNTS.model, ACCOUNT.key(user_id))
        return _ACCOUNTS.of(item) if item else None

    def change(self, unit: Unit, account: Account, changes: AccountChanges, *, now: int) -> Account:
        """The account as it will be. Refused as AlreadyTaken for a name that somebody has."""
        changed = account.changed(changes, now=now)
        old, new = _identities(account), _identities(changed)
        for kind, key in new.items():
            if old.get(kind) != key:
                _claim(unit, kind, key, account.id)
        for kind, key in old.items():
            if new.get(kind) != key:
                _release(unit, key, account.id)

        add_marked(
            unit,
            _ACCOUNTS,
            _ACCOUNTS.at(ACCOUNT.key(account.id)),
            _ACCOUNTS.difference(account, changed),
            _ACCOUNTS["version"] == account.version,
            overtaken,
        )
        return changed

    def remove(self, unit: Unit, account: Account) -> None:
        """Account and names at once; the rest of the collection is purged behind the stream."""
        item = _ACCOUNTS.at(ACCOUNT.key(account.id))
        unit.add(Delete(item, _ACCOUNTS["version"] == account.version), overtaken)
        for key in _identities(account).values():
            _release(unit, key, account.id)

    def slice(self, *, after: Position | None, limit: int) -> Slice[Account]:
        """By age, oldest first, from an index that is some milliseconds behind."""
        parts = [
            read(
                KeyRange(model=_ACCOUNTS.model, partition=one, index=BY_AGE, ascending=True),
                after=after,
                limit=limit,
            )
            for one in LISTED_AS
        ]
        items = sorted((item for part in parts for item in part.items), key=_by_age)
        # Of a part that goes on nothing is known behind what was read.
        ends = [part.reached["pk"] for part in parts if part.reached]
        known = [item for item in items if not ends or _by_age(item) <= min(ends)]
        shown = known[:limit]
        is_last = not ends and len(known) <= limit
        return Slice(_ACCOUNTS.all(shown), None if is_last else position_of(shown[-1], BY_AGE))


def _by_age(item: Item) -> str:
    """Ids are in the order in which they were made."""
    pk: str = item["pk"]["S"]
    return pk


def identity_key(kind: str, name: str) -> Key:
    return key_of(kind, folded(name))


def _identities(account: Account) -> dict[str, Key]:
    return {kind: identity_key(kind, name) for kind, name in account.names.items()}


def _claim(unit: Unit, kind: str, key: Key, user_id: str) -> None:
    item = _CLAIMS.item(key, Claim(user_id=user_id))

    def refused(failed: ConditionFailed) -> Exception:
        owner = _CLAIMS.of(failed.item).user_id if failed.item else None
        return AlreadyTaken(_LABELS[kind], by=owner)

    unit.add(Put(item, _CLAIMS.is_free), refused)


def _release(unit: Unit, key: Key, user_id: str) -> None:
    unit.add(Delete(_CLAIMS.at(key), _CLAIMS["user_id"] == user_id), overtaken)
