"""Everything that is kept about a user, in one document (GDPR, article 20)."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from errand.accounts.schemas import User
from errand.audit.schemas import SecurityEvent
from errand.personal_tokens.schemas import TokenView
from errand.sessions.schemas import SessionView
from errand.tasks.schemas import Task


class SecondFactor(BaseModel):
    """That there is one; its secret is not given away again."""

    recovery_codes_left: int


class KeptAnswer(BaseModel):
    """What a request with an Idempotency-Key was answered, to answer it the same again."""

    path: str
    answer: str
    expires_at: datetime


class PendingProof(BaseModel):
    """A mail that was sent, or an authenticator app that was not confirmed yet."""

    purpose: str
    expires_at: datetime


class Export(BaseModel):
    """A collection too large for one answer goes on behind the Link header; `account` comes once.

    Digests of passwords and tokens are not in it: they are of use to nobody but an attacker.
    """

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    exported_at: datetime
    account: Annotated[User | None, Field(description="On the first page only")] = None
    second_factor: SecondFactor | None = None
    tasks: list[Task] = []
    sessions: list[SessionView] = []
    personal_access_tokens: list[TokenView] = []
    security_log: list[SecurityEvent] = []
    kept_answers: list[KeptAnswer] = []
    pending: list[PendingProof] = []
