"""Kinds of bodies, and which of them a request may have."""

JSON = "application/json"
CALENDAR = "text/calendar; charset=utf-8"
FORM = "application/x-www-form-urlencoded"
# RFC 7396: what is not sent stays, null removes, as in every change here.
MERGE_PATCH = "application/merge-patch+json"
# Where clients of OAuth 2 send forms (RFC 6749, section 3.2; RFC 7009, section 2.1).
OAUTH_PATHS = frozenset({"/token", "/token/revoke"})


def taken(method: str, path: str) -> tuple[str, ...]:
    if path in OAUTH_PATHS:
        return (FORM,)
    return (JSON, MERGE_PATCH) if method == "PATCH" else (JSON,)
