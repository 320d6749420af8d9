"""Where a request came from: for the security log, and for counting attempts."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """`address`: IPv4, or the 64 bits of an IPv6 network; None where it tells nobody apart."""

    address: str | None
    agent: str  # User-Agent, at most 200 characters
    request_id: str
