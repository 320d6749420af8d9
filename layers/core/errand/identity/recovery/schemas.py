"""What the API takes to recover a password and to prove an e-mail address."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from errand.identity.accounts.schemas import Email, NewPassword
from errand.schemas import sent

_TOKEN = "Aa0kNmZ1Z0pYc1ZqU2hOZ2V0b2tlbl9vZl9hX21haWxfYXNfYW5fZXhhbXBsZQ"  # noqa: S105
MailedText = Annotated[str, Field(min_length=1, max_length=200, description="From the mail")]


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra=sent(fields))


class RecoveryRequest(BaseModel):
    """Who has forgotten the password."""

    model_config = _example(email="johndoe@example.com")

    email: Annotated[Email, Field(description="The account's address")]


class PasswordReset(BaseModel):
    """The token of a recovery mail, and what the password is to be."""

    model_config = _example(token=_TOKEN, new_password="correct horse battery")  # noqa: S106

    token: MailedText
    new_password: NewPassword


class EmailProof(BaseModel):
    """The token of a verification mail: whoever has it reads the mail of the address."""

    model_config = _example(token=_TOKEN)

    token: MailedText
