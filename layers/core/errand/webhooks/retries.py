"""When what was not accepted is tried again: for 24 hours, less and less often."""

from email.utils import parsedate_to_datetime

from errand.codecs import Instant

_SECOND, _HOUR = 1000, 60 * 60 * 1000
LASTS = 24 * _HOUR
SHORTEST, LONGEST = 5 * _SECOND, 6 * _HOUR
_JITTER = 0.2
# What a receiver may ask for by Retry-After.
ASKED_MAX = 4 * _HOUR
_DIGITS_MAX = 9


def next_attempt(
    *, begun_at: Instant, now: Instant, chance: float, asked: int = 0
) -> Instant | None:
    """After as long as it has been tried already: 5 s, 10 s, 20 s …; None: that was the last.

    `chance`: 0 to 1, so that what failed together does not come again together. `asked`:
    milliseconds for which the receiver asked.
    """
    end = begun_at + LASTS
    if now >= end:
        return None
    pause = min(max(now - begun_at, SHORTEST), LONGEST)
    jittered = round(pause * (1 + _JITTER * (2 * chance - 1)))
    return min(now + max(jittered, asked), end)


def asked_by(retry_after: str | None, *, now: Instant) -> int:
    """Milliseconds of a Retry-After (RFC 9110, 10.2.3), 0 for none that makes sense; bounded."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        wait = int(text[:_DIGITS_MAX]) * _SECOND
    else:
        try:
            wait = round(parsedate_to_datetime(text).timestamp() * _SECOND) - now
        except (ValueError, OverflowError, TypeError):
            return 0
    return max(0, min(wait, ASKED_MAX))
