"""Accounts in DynamoDB, and the claims that make their names unique.

A claim is an item of its own, written in the transaction that writes the account: of two people who
ask for a name at once, one gets it. It is also how a name leads to its account.
"""

from dataclasses import replace
from typing import Any, Protocol

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from errand.accounts.model import Account, AccountChanges, identity_key
from errand.errors import AlreadyTaken, PreconditionFailed
from errand.storage.operations import (
    ConditionFailed,
    Delete,
    Put,
    RawItem,
    TransactionFailed,
    Update,
    Write,
    execute,
    get,
    transact,
)
from errand.storage.receipts import Receipt, commit_once
from errand.storage.tables import DataItem, user_key

_ACCOUNT = "ACCOUNT"
_IDENTITY = "IDENTITY"
# DynamoDB refuses to look up a longer one.
_KEY_MAX_BYTES = 2048
_NAMES = {
    "username": "un",
    "email": "em",
    "full_name": "fn",
    "password_hash": "ph",
    "disabled": "ds",
}
_LABELS = {"username": "Username", "email": "Email"}


class AccountItem(DataItem):
    un = UnicodeAttribute()
    em = UnicodeAttribute(null=True)
    fn = UnicodeAttribute(null=True)
    ph = UnicodeAttribute()
    ds = BooleanAttribute(null=True)
    ca = NumberAttribute()
    ua = NumberAttribute()
    v = NumberAttribute()


class IdentityItem(DataItem):
    uid = UnicodeAttribute()


class AccountRepository(Protocol):
    def add(self, account: Account, *, receipt: Receipt | None, answer: str) -> str | None: ...

    def find(self, username: str) -> Account | None: ...

    def read(self, user_id: str, *, consistent: bool = True) -> Account | None: ...

    def change(self, account: Account, changes: AccountChanges, *, now: int) -> Account: ...

    def remove(self, account: Account) -> None: ...


class DynamoAccounts:
    """AccountRepository on DataTable."""

    def add(self, account: Account, *, receipt: Receipt | None, answer: str) -> str | None:
        """None, or the answer an earlier request with this receipt got. Raises AlreadyTaken."""
        item = AccountItem(
            user_key(account.id),
            _ACCOUNT,
            **_attributes({name: getattr(account, name) for name in _NAMES}),
            ca=account.created_at,
            ua=account.updated_at,
            v=account.version,
        )
        kinds = account.identities()
        writes: list[Write] = [Put(item, AccountItem.pk.does_not_exist())]
        writes += [_claim(key, account.id) for key in kinds.values()]
        try:
            if receipt:
                return commit_once(
                    writes, receipt=receipt, answer=answer, now_ms=account.created_at
                )
            transact(writes)
        except TransactionFailed as failed:
            _raise_taken(failed, [None, *kinds])
            raise
        return None

    def find(self, username: str) -> Account | None:
        key = identity_key("username", username)
        if len(key.encode()) > _KEY_MAX_BYTES:
            return None
        claim = get(IdentityItem, key, _IDENTITY, consistent=True)
        return self.read(claim["uid"]["S"]) if claim else None

    def read(self, user_id: str, *, consistent: bool = True) -> Account | None:
        item = get(AccountItem, user_key(user_id), _ACCOUNT, consistent=consistent)
        return _account(item) if item else None

    def change(self, account: Account, changes: AccountChanges, *, now: int) -> Account:
        """The account with `changes`, written if it still is in the version handed in.

        Raises AlreadyTaken; PreconditionFailed if the account changed or went meanwhile.
        """
        changed = replace(account, **changes, updated_at=now, version=account.version + 1)
        actions = [
            getattr(AccountItem, name).set(value)
            if value is not None
            else getattr(AccountItem, name).remove()
            for name, value in _attributes(changes).items()
        ]
        actions += [AccountItem.ua.set(now), AccountItem.v.set(changed.version)]
        update = Update(_key(account), actions, AccountItem.v == account.version)
        old, new = account.identities(), changed.identities()
        released = [key for kind, key in old.items() if new.get(kind) != key]
        claimed = {kind: key for kind, key in new.items() if old.get(kind) != key}
        try:
            if released or claimed:
                transact(
                    [
                        update,
                        *(_claim(key, account.id) for key in claimed.values()),
                        *(_release(key, account.id) for key in released),
                    ]
                )
            else:
                execute(update)
        except TransactionFailed as failed:
            _raise_taken(failed, [None, *claimed])
            raise PreconditionFailed from None
        except ConditionFailed as failed:
            if not (failed.retried and failed.item and _account(failed.item) == changed):
                raise PreconditionFailed from None
        return changed

    def remove(self, account: Account) -> None:
        """Account and names at once; the rest of the collection is purged behind the stream.

        Raises PreconditionFailed if the account changed meanwhile.
        """
        names = [_release(key, account.id) for key in account.identities().values()]
        try:
            transact([Delete(_key(account), AccountItem.v == account.version), *names])
        except TransactionFailed:
            raise PreconditionFailed from None


def _key(account: Account) -> AccountItem:
    return AccountItem(user_key(account.id), _ACCOUNT)


def _claim(key: str, user_id: str) -> Put:
    return Put(IdentityItem(key, _IDENTITY, uid=user_id), IdentityItem.pk.does_not_exist())


def _release(key: str, user_id: str) -> Delete:
    return Delete(IdentityItem(key, _IDENTITY), IdentityItem.uid == user_id)


def _raise_taken(failed: TransactionFailed, kinds: list[str | None]) -> None:
    for kind, failure in zip(kinds, failed.failures, strict=False):
        if kind and failure:
            raise AlreadyTaken(_LABELS[kind]) from None


def _attributes(fields: AccountChanges) -> dict[str, Any]:
    """Nothing and False are stored as absence."""
    return {_NAMES[name]: None if value is False else value for name, value in fields.items()}


def _account(item: RawItem) -> Account:
    def optional(name: str) -> Any:
        return next(iter(item[name].values())) if name in item else None

    return Account(
        id=item["pk"]["S"].removeprefix("USER#"),
        username=item["un"]["S"],
        email=optional("em"),
        full_name=optional("fn"),
        password_hash=item["ph"]["S"],
        disabled=bool(optional("ds")),
        created_at=int(item["ca"]["N"]),
        updated_at=int(item["ua"]["N"]),
        version=int(item["v"]["N"]),
    )
