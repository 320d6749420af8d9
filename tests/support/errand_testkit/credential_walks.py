"""Random walks through what proves who somebody is."""

from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from errand import opaque
from errand.identity.mfa.model import Factor, Pending, Proof, RecoveryCode, TimeStep
from errand.identity.mfa.repository import DynamoFactors
from errand.identity.personal_tokens.model import PersonalToken
from errand.identity.personal_tokens.repository import DynamoTokens
from errand.identity.recovery.mails import keep_token
from errand.identity.recovery.model import MailedToken, Purpose
from errand.identity.recovery.repository import DynamoMailedTokens
from errand.identity.scopes import OF_EVERYBODY
from errand.identity.sessions.model import Session
from errand.identity.sessions.repository import DynamoSessions
from errand.storage.kinds import Table
from errand.storage.plain import PlainTables
from errand.storage.unit import Unit
from errand_testkit.people import ADA
from errand_testkit.stored import new_session, store_account
from errand_testkit.walks import IDS, Walk

_NAMES = {Table.DATA: "DataTable", Table.EPHEMERAL: "EphemeralTable"}


class SessionWalk(Walk):
    def __init__(self, random: Random, client: Any) -> None:
        super().__init__(random, client)
        self._sessions = DynamoSessions()
        self._known = [self._new()]
        store_account(ADA)

    def open(self) -> None:
        session = self._new()
        unit = Unit()
        self._sessions.open(unit, session)
        self.commit(unit)
        self._known.append(session)

    def read(self) -> None:
        self._sessions.read(user_id=self.random.choice(IDS), session_id=self._one().id)
        self._sessions.read(user_id=ADA.id, session_id=self._one().id)

    def rotate(self) -> None:
        unit = Unit()
        session = self._one()
        # Never the present one: moto knows no update of nothing.
        digest = "a" if session.digest == "b" else "b"
        rotated = self._sessions.rotate(unit, session, digest=digest, by="client", now=self.now)
        self.commit(unit)
        self._known.append(rotated)

    def end(self) -> None:
        unit = Unit()
        self._sessions.end(unit, self._one())
        self.commit(unit)

    def newest(self) -> None:
        self._sessions.newest(user_id=ADA.id, limit=self.limit())

    def _new(self) -> Session:
        session, _ = new_session(ADA, now=self.now)
        return replace(session, id=self.random.choice(IDS))

    def _one(self) -> Session:
        return self.random.choice(self._known[-3:])


class TokenWalk(Walk):
    """Personal access tokens, and tokens that are mailed."""

    def __init__(self, random: Random, client: Any) -> None:
        super().__init__(random, client)
        self._tokens = DynamoTokens()
        self._mailed = DynamoMailedTokens()
        self._texts = [opaque.make(ADA.id) for _ in range(2)]

    def add(self) -> None:
        unit = Unit()
        self._tokens.add(unit, self._one())
        self.commit(unit)

    def read(self) -> None:
        self._tokens.read(user_id=ADA.id, token_id=self.random.choice(IDS))

    def use(self) -> None:
        unit = Unit()
        day = date(2026, 11, self.random.randint(1, 30))
        self._tokens.used(unit, self._one(), day=day)
        self.commit(unit)

    def newest(self) -> None:
        self._tokens.newest(user_id=ADA.id, limit=self.limit())

    def remove(self) -> None:
        unit = Unit()
        self._tokens.remove(unit, user_id=ADA.id, token_id=self.random.choice(IDS))
        self.commit(unit)

    def mail(self) -> None:
        token = MailedToken(
            user_id=ADA.id,
            purpose=self.random.choice(list(Purpose)),
            digest=self.random.choice(self._texts).digest,
            email="ada@example.com",
            created_at=self.now,
        )
        keep_token(PlainTables(dynamodb=self.client, names=_NAMES), token)

    def spend(self) -> None:
        unit = Unit()
        text = self.random.choice(self._texts).text
        purpose = self.random.choice(list(Purpose))
        self._mailed.spend(unit, self._mailed.find(text, purpose=purpose, now=self.now))
        self.commit(unit)

    def _one(self) -> PersonalToken:
        return PersonalToken(
            id=self.random.choice(IDS),
            user_id=ADA.id,
            name="Backup",
            scopes=OF_EVERYBODY,
            digest="digest",
            created_at=self.now,
        )


class FactorWalk(Walk):
    def __init__(self, random: Random, client: Any) -> None:
        super().__init__(random, client)
        self._factors = DynamoFactors()
        store_account(ADA)

    def read(self) -> None:
        self._factors.read(ADA.id)

    def begin(self) -> None:
        pending = Pending(secret=self._secret(), expires_at=self.now // 1000 + self.limit())
        unit = Unit()
        self._factors.begin(unit, ADA.id, pending)
        self.commit(unit)

    def enable(self) -> None:
        unit = Unit()
        self._factors.enable(unit, ADA.id, self._factor())
        self.commit(unit)

    def use(self) -> None:
        unit = Unit(is_once=self.either())
        self._factors.use(unit, ADA.id, self._factor(), self._proof())
        self.commit(unit)

    def disable(self) -> None:
        unit = Unit()
        self._factors.disable(unit, ADA.id, self._factor(), self._proof())
        self.commit(unit)

    def _secret(self) -> str:
        return self.random.choice(["secret", "another"])

    def _factor(self) -> Factor:
        return Factor(
            secret=self._secret(), recovery_digests=frozenset({"one", "two"}), last_step=1
        )

    def _proof(self) -> Proof:
        code = RecoveryCode(self.random.choice(["one", "two", "three"]))
        return code if self.either() else TimeStep(self.random.randint(1, 4))
