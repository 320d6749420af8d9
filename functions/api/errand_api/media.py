"""Kinds of bodies, and which of them a request may have."""

JSON = "application/json"
CALENDAR = "text/calendar; charset=utf-8"
HTML = "text/html; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
# The other kind of form that mail programs may send (RFC 8058, section 3.2).
PARTS = "multipart/form-data"
# RFC 7396: what is not sent stays, null removes, as in every change here.
MERGE_PATCH = "application/merge-patch+json"
IMPORTS = "/imports"
# Of files, whatever program they are of; people's machines know what kind they are, or do not.
FILES = (
    "application/octet-stream",
    "text/csv",
    "text/calendar",
    "text/plain",
    "application/x-ndjson",
    JSON,
)
# Where clients of OAuth 2 send forms (RFC 6749, section 3.2; RFC 7009, section 2.1).
OAUTH_PATHS = frozenset({"/token", "/token/revoke"})
# Behind them, the secret of a mail (errand_api.features.mails, .snoozing).
UNSUBSCRIBE = "/mail/unsubscribe/"
SNOOZE = "/mail/snooze/"


def taken(method: str, path: str) -> tuple[str, ...]:
    if path in OAUTH_PATHS:
        return (FORM,)
    if path.startswith(UNSUBSCRIBE):
        return (FORM, PARTS)
    if path.startswith(SNOOZE):
        return (FORM,)
    if path == IMPORTS:
        return FILES
    return (JSON, MERGE_PATCH) if method == "PATCH" else (JSON,)


MAX_BODY_BYTES = 256 * 1024
MAX_FILE_BYTES = 1024 * 1024


def most_bytes(path: str) -> int:
    """Of a body that is sent there."""
    return MAX_FILE_BYTES if path == IMPORTS else MAX_BODY_BYTES
