"""Every error this project raises on purpose.

ErrandError
├── InvalidInput                what was sent cannot be accepted, whatever the state
│   ├── BatchTooLarge           more than one transaction takes
│   ├── InvalidCursor
│   ├── IdempotencyKeyReused    the key was used with another request
│   └── WeakPassword            the detail says why
├── NotFound                    missing, or somebody else's
├── AlreadyTaken                a username or e-mail address belongs to another account
├── IncorrectPassword           the present password was not given
├── InvalidOtp                  a one-time password that is wrong, or was used before
├── InactiveUser                the account is disabled
├── InvalidGrant                a refresh token or mailed token that is not, or no longer, valid
├── InvalidScope                a scope that is none, or not the user's to ask for
├── Unauthenticated
│   ├── InvalidCredentials      unknown user or wrong password, told apart by nobody
│   ├── NotAuthenticated        no token at all
│   ├── InvalidToken
│   └── MfaRequired             the password was right; the second step is missing
├── Forbidden
│   ├── InsufficientScope       the token does not allow this operation
│   └── SessionRequired         not with a personal access token
├── TooManyAttempts             come back after `retry_after` seconds
│   ├── TooManyWrites           in a window of time
│   └── TooManyStreams          that are open at once
├── NotOffered                  this deployment has not what it takes; the detail says what it has
│   ├── MailNotConfigured       no address to send mail from
│   ├── RealtimeNotConfigured   no gateway with sockets
│   ├── PushNotConfigured       nobody to send to browsers for
│   ├── UploadsNotConfigured    no bucket that clients reach
│   └── NoStreams               no answer that goes on
├── PreconditionFailed          the resource is not in the version the client named
├── NotEmpty                    it has something in it that must go first
├── NameTaken                   something else has that name, and no two may
├── ImportAtWork                one at a time
├── NotTheLatest                something came after what is to be undone, or there is nothing
├── CursorExpired               the log of changes does not go back to it
├── Overtaken                   it changed since it was read: to be read again, never answered
├── AnsweredBefore              the request of this idempotency key: its first answer is to be given
├── RequestInFlight             the same idempotency key is being worked on
├── RecordTooLarge              more than the database keeps as one record
├── AccountFull                 an account has no room for more
├── MalformedRecord             not what our tables or rules produce
├── AccountExists, OutOfTime    a purge must not begin, or must go on later (accounts.purge)
├── NotTaken                    the bus has not taken an event, it comes again (reminding.channels)
├── StorageUnavailable          DynamoDB throttled, timed out or was in conflict: try again
│   ├── Contended               somebody else was faster every time
│   │   └── NotRecordedYet      the log of changes has not got the last one
│   ├── PushKeyNotReady         the key that browsers are to know is being made
│   ├── NewerShape              stored by a release that this one does not know
│   └── Overloaded              too many requests at once: this one has not begun
└── ConfigurationError          the process must not start
"""

from collections.abc import Sequence
from typing import ClassVar


class ErrandError(Exception):
    """Root of the tree; `code` is the stable name a client may switch on."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(ErrandError):
    code = "invalid_input"


class BatchTooLarge(InvalidInput):
    """`command`: with which it became that."""

    code = "batch_too_large"

    def __init__(self, command: str, *, most: int) -> None:
        super().__init__(
            f"With command {command} this is more than the {most} records that are written at "
            "once: nothing was carried out; send fewer, or without all_or_nothing"
        )


class InvalidCursor(InvalidInput):
    code = "invalid_cursor"

    def __init__(self) -> None:
        super().__init__("The cursor is not one this list handed out")


class IdempotencyKeyReused(InvalidInput):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used with another request")


class WeakPassword(InvalidInput):
    code = "weak_password"


class NotFound(ErrandError):
    code = "not_found"


class AlreadyTaken(ErrandError):
    """`by`: the id of the account that has it, which no answer tells."""

    code = "already_taken"

    def __init__(self, what: str, *, by: str | None = None) -> None:
        super().__init__(f"{what} already registered")
        self.by = by


class IncorrectPassword(ErrandError):
    code = "incorrect_password"

    def __init__(self) -> None:
        super().__init__("Incorrect password")


class InactiveUser(ErrandError):
    code = "inactive_user"

    def __init__(self) -> None:
        super().__init__("Inactive user")


class InvalidGrant(ErrandError):
    code = "invalid_grant"

    def __init__(self) -> None:
        super().__init__("The token is not valid, or no longer")


class InvalidScope(ErrandError):
    code = "invalid_scope"


class Unauthenticated(ErrandError):
    code = "unauthenticated"


class InvalidCredentials(Unauthenticated):
    code = "invalid_credentials"

    def __init__(self) -> None:
        super().__init__("Incorrect username or password")


class NotAuthenticated(Unauthenticated):
    code = "not_authenticated"

    def __init__(self) -> None:
        super().__init__("Not authenticated")


class InvalidToken(Unauthenticated):
    code = "invalid_token"

    def __init__(self) -> None:
        super().__init__("Could not validate credentials")


class MfaRequired(Unauthenticated):
    code = "mfa_required"

    def __init__(self) -> None:
        super().__init__("This account logs in with a one-time password: send it as otp")


class InvalidOtp(ErrandError):
    code = "invalid_otp"

    def __init__(self) -> None:
        super().__init__("The one-time password is wrong or was used before")


class Forbidden(ErrandError):
    code = "forbidden"


class InsufficientScope(Forbidden):
    """`scopes`: what the operation asks for."""

    code = "insufficient_scope"

    def __init__(self, scopes: Sequence[str]) -> None:
        super().__init__(f"The token does not have the scope {' '.join(scopes)}")
        self.scopes = tuple(scopes)


class SessionRequired(Forbidden):
    code = "session_required"

    def __init__(self) -> None:
        super().__init__("This takes a log-in, not a personal access token")


class TooManyAttempts(ErrandError):
    """`retry_after`: whole seconds."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"Too many attempts: try again in {retry_after} s")
        self.retry_after = retry_after


class TooManyWrites(TooManyAttempts):
    """`limit` of a `window`, in seconds."""

    code = "too_many_writes"

    def __init__(self, *, limit: int, window: int, retry_after: int) -> None:
        super().__init__(retry_after)
        self.limit = limit
        self.window = window


class TooManyStreams(TooManyAttempts):
    code = "too_many_streams"

    def __init__(self, *, limit: int, retry_after: int) -> None:
        super().__init__(retry_after)
        self.detail = f"At most {limit} streams of an account are open at once: close one first"


class NotOffered(ErrandError):
    code = "not_offered"


class MailNotConfigured(NotOffered):
    code = "mail_not_configured"

    def __init__(self) -> None:
        super().__init__("This deployment sends no mail")


class RealtimeNotConfigured(NotOffered):
    code = "realtime_not_configured"

    def __init__(self) -> None:
        super().__init__("This deployment has no WebSockets: GET /events tells the same")


class PushNotConfigured(NotOffered):
    code = "push_not_configured"

    def __init__(self) -> None:
        super().__init__("This deployment sends no notifications to browsers")


class UploadsNotConfigured(NotOffered):
    code = "uploads_not_configured"

    def __init__(self) -> None:
        super().__init__("This deployment takes no large files: POST /imports takes up to 1 MiB")


class NoStreams(NotOffered):
    code = "no_streams"

    def __init__(self) -> None:
        super().__init__(
            "No answer goes on here: a WebSocket tells the same, with a ticket of "
            "POST /realtime/ticket"
        )


class PreconditionFailed(ErrandError):
    code = "precondition_failed"

    def __init__(self) -> None:
        super().__init__("The resource has changed since the version named in If-Match")


class NotEmpty(ErrandError):
    code = "not_empty"


class NameTaken(ErrandError):
    code = "name_taken"


class ImportAtWork(ErrandError):
    """`import_id`: of the one that is."""

    code = "import_at_work"

    def __init__(self, import_id: str) -> None:
        super().__init__(f"The import {import_id} is at work: wait for its end, or cancel it")


class NotTheLatest(ErrandError):
    code = "not_the_latest"


class CursorExpired(ErrandError):
    code = "cursor_expired"

    def __init__(self) -> None:
        super().__init__("The log does not go back to this cursor: begin without one")


class Overtaken(ErrandError):
    """Internal: whoever decided on what has changed since decides anew (storage.unit.repeated)."""

    code = "overtaken"

    def __init__(self) -> None:
        super().__init__("Somebody else was faster")


class AnsweredBefore(ErrandError):
    """Nothing was done: `answer` is what the first request with this key got, as JSON."""

    code = "answered_before"

    def __init__(self, answer: str) -> None:
        super().__init__("The request was carried out before")
        self.answer = answer


class RequestInFlight(ErrandError):
    code = "request_in_flight"

    def __init__(self) -> None:
        super().__init__("A request with this Idempotency-Key is in progress")


class RecordTooLarge(ErrandError):
    code = "record_too_large"

    def __init__(self) -> None:
        super().__init__("With this the record is larger than 400 KB: nothing was changed")


class AccountFull(ErrandError):
    code = "account_full"

    def __init__(self) -> None:
        super().__init__("The account has no room for more: delete some of it for good first")


class MalformedRecord(ErrandError):
    """Not something our tables or rules produce: trying again will not help."""

    code = "malformed_record"


class StorageUnavailable(ErrandError):
    """Nothing was lost: the request may be sent again after `retry_after` seconds."""

    code = "storage_unavailable"
    retry_after: ClassVar[int] = 1

    def __init__(self) -> None:
        super().__init__("The database is busy, please try again")


class Contended(StorageUnavailable):
    """Somebody else was faster every time: nothing is wrong with the database."""

    code = "contended"

    def __init__(self) -> None:
        ErrandError.__init__(self, "This was being changed by others at once, please try again")


class NotRecordedYet(Contended):
    code = "not_recorded_yet"

    def __init__(self) -> None:
        ErrandError.__init__(self, "The last change is not in the log yet, please try again")


class PushKeyNotReady(StorageUnavailable):
    code = "push_key_not_ready"

    def __init__(self) -> None:
        ErrandError.__init__(self, "The key is being made, please try again")


class NewerShape(StorageUnavailable):
    """What is stored is of a shape that this code does not know: nothing of it is guessed at."""

    code = "newer_shape"

    def __init__(self) -> None:
        ErrandError.__init__(self, "A newer release has stored this, please try again")


class Overloaded(StorageUnavailable):
    code = "overloaded"

    def __init__(self) -> None:
        ErrandError.__init__(self, "Too many requests at once, please try again")


class ConfigurationError(ErrandError):
    code = "configuration_error"
