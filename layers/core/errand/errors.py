"""Every error this project raises on purpose.

ErrandError
├── InvalidInput                what was sent cannot be accepted, whatever the state
│   ├── InvalidCursor
│   └── IdempotencyKeyReused    the key was used with another request
├── NotFound                    missing, or somebody else's
├── AlreadyTaken                a username or e-mail address belongs to another account
├── IncorrectPassword           the present password was not given
├── InactiveUser                the account is disabled
├── Unauthenticated
│   ├── InvalidCredentials      unknown user or wrong password, told apart by nobody
│   └── InvalidToken
├── PreconditionFailed          the resource is not in the version the client named
├── RequestInFlight             the same idempotency key is being worked on
├── MalformedRecord             not what our tables or rules produce (errand.events.images)
├── AccountExists, OutOfTime    a purge must not begin, or must go on later (errand.accounts.purge)
├── StorageUnavailable          DynamoDB throttled, timed out or was in conflict: try again
└── ConfigurationError          the process must not start
"""

from typing import ClassVar


class ErrandError(Exception):
    """Root of the tree; `code` is the stable name a client may switch on."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(ErrandError):
    code = "invalid_input"


class InvalidCursor(InvalidInput):
    code = "invalid_cursor"

    def __init__(self) -> None:
        super().__init__("The cursor is not one this list handed out")


class IdempotencyKeyReused(InvalidInput):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another request")


class NotFound(ErrandError):
    code = "not_found"


class AlreadyTaken(ErrandError):
    code = "already_taken"

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} already registered")


class IncorrectPassword(ErrandError):
    code = "incorrect_password"

    def __init__(self) -> None:
        super().__init__("Incorrect password")


class InactiveUser(ErrandError):
    code = "inactive_user"

    def __init__(self) -> None:
        super().__init__("Inactive user")


class Unauthenticated(ErrandError):
    code = "unauthenticated"


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("Incorrect username or password")


class InvalidToken(Unauthenticated):
    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("Could not validate credentials")


class PreconditionFailed(ErrandError):
    code = "precondition_failed"

    def __init__(self) -> None:
        super().__init__("The resource has changed since the version named in If-Match")


class RequestInFlight(ErrandError):
    code = "request_in_flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is in progress")


class StorageUnavailable(ErrandError):
    """Nothing was lost: the request may be sent again after `retry_after` seconds."""

    code = "storage_unavailable"
    retry_after: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__("The database is busy, please try again")


class ConfigurationError(ErrandError):
    code = "configuration_error"
