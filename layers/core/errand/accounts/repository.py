"""Accounts in DynamoDB, and the claims that make their names unique.

A claim is an item of its own, written in the transaction that writes the account: of two people who
ask for a name at once, one gets it. It is also how a name leads to its account.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute

from errand.accounts.model import Account, AccountChanges, identity_key
from errand.audit.model import AuditRecord
from errand.audit.repository import append
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
    query_everybody,
    transact,
)
from errand.storage.receipts import Receipt, commit_once
from errand.storage.tables import DataItem, user_key

_ACCOUNT = "ACCOUNT"
_IDENTITY = "IDENTITY"
_NOBODY = "nobody"
_NAMES = {
    "username": "un",
    "email": "em",
    "full_name": "fn",
    "password_hash": "ph",
    "email_verified": "ev",
    "disabled": "ds",
    "admin": "ad",
    "mfa": "mf",
    "sessions_from": "sf",
    "kept_session": "ks",
}
_LABELS = {"username": "Username", "email": "Email"}


class AccountItem(DataItem):
    un = UnicodeAttribute()
    em = UnicodeAttribute(null=True)
    fn = UnicodeAttribute(null=True)
    ph = UnicodeAttribute()
    ev = BooleanAttribute(null=True)
    ds = BooleanAttribute(null=True)
    ad = BooleanAttribute(null=True)
    mf = BooleanAttribute(null=True)
    sf = NumberAttribute(null=True)
    ks = UnicodeAttribute(null=True)
    ca = NumberAttribute()
    ua = NumberAttribute()
    v = NumberAttribute()
    ak = UnicodeAttribute(default=_ACCOUNT)


class IdentityItem(DataItem):
    uid = UnicodeAttribute()


class AccountRepository(Protocol):
    def add(self, account: Account, *, receipt: Receipt | None, answer: str) -> str | None: ...

    def find(self, name: str, *, kind: str = "username") -> Account | None: ...

    def read(self, user_id: str) -> Account | None: ...

    def change(
        self,
        account: Account,
        changes: AccountChanges,
        *,
        now: int,
        records: Sequence[AuditRecord] = (),
    ) -> Account: ...

    def remove(self, account: Account) -> None: ...

    def page(self, *, after: str | None, limit: int) -> tuple[list[Account], bool]: ...


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

    def find(self, name: str, *, kind: str = "username") -> Account | None:
        """By a name of a `kind`: two reads, whether somebody has that name or not."""
        claim = get(IdentityItem, identity_key(kind, name), _IDENTITY, consistent=True)
        return self.read(claim["uid"]["S"] if claim else _NOBODY)

    def read(self, user_id: str) -> Account | None:
        item = get(AccountItem, user_key(user_id), _ACCOUNT, consistent=True)
        return account_of(item) if item else None

    def change(
        self,
        account: Account,
        changes: AccountChanges,
        *,
        now: int,
        records: Sequence[AuditRecord] = (),
    ) -> Account:
        """The account with `changes`, written if it still is in the version handed in.

        Raises AlreadyTaken; PreconditionFailed if the account changed or went meanwhile.
        """
        changed, writes = change_of(account, changes, now=now)
        writes += map(append, records)
        try:
            if len(writes) == 1:
                execute(writes[0])
            else:
                transact(writes)
        except TransactionFailed as failed:
            _raise_taken(failed, [None, *_claimed(account, changed)])
            raise PreconditionFailed from None
        except ConditionFailed as failed:
            if not (failed.retried and failed.item and account_of(failed.item) == changed):
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

    def page(self, *, after: str | None, limit: int) -> tuple[list[Account], bool]:
        """Up to `limit` accounts younger than the account `after`; whether there are more.

        From an index that is some milliseconds behind.
        """
        start = None
        if after:
            start = {"ak": {"S": _ACCOUNT}, "pk": {"S": user_key(after)}, "sk": {"S": _ACCOUNT}}
        items, stopped = query_everybody(
            AccountItem, index="accounts", key=("ak", _ACCOUNT), limit=limit + 1, start=start
        )
        return [account_of(item) for item in items[:limit]], stopped or len(items) > limit


def change_of(
    account: Account, changes: AccountChanges, *, now: int
) -> tuple[Account, list[Write]]:
    """The account as it will be, and what to write for it, the account's own item first.

    For a transaction with something else; its first condition fails if the account has changed.
    """
    changed = replace(account, **changes, updated_at=now, version=account.version + 1)
    actions = [
        getattr(AccountItem, name).set(value)
        if value is not None
        else getattr(AccountItem, name).remove()
        for name, value in _attributes(changes).items()
    ]
    actions += [AccountItem.ua.set(now), AccountItem.v.set(changed.version)]
    new = changed.identities()
    released = [key for kind, key in account.identities().items() if new.get(kind) != key]
    return changed, [
        Update(_key(account), actions, AccountItem.v == account.version),
        *(_claim(key, account.id) for key in _claimed(account, changed).values()),
        *(_release(key, account.id) for key in released),
    ]


def _claimed(old: Account, new: Account) -> dict[str, str]:
    known = old.identities()
    return {kind: key for kind, key in new.identities().items() if known.get(kind) != key}


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


def account_of(item: RawItem) -> Account:
    def optional(name: str) -> Any:
        return next(iter(item[name].values())) if name in item else None

    return Account(
        id=item["pk"]["S"].removeprefix("USER#"),
        username=item["un"]["S"],
        email=optional("em"),
        full_name=optional("fn"),
        password_hash=item["ph"]["S"],
        email_verified=bool(optional("ev")),
        disabled=bool(optional("ds")),
        admin=bool(optional("ad")),
        mfa=bool(optional("mf")),
        sessions_from=int(item["sf"]["N"]) if "sf" in item else None,
        kept_session=optional("ks"),
        created_at=int(item["ca"]["N"]),
        updated_at=int(item["ua"]["N"]),
        version=int(item["v"]["N"]),
    )
