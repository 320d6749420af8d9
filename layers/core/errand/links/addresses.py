"""Which addresses a link may lead to, and what the DNS says of a host."""

import asyncio
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

import dns.asyncresolver
import dns.exception
from dns.rdatatype import RdataType

type Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# `is_global` follows IANA's registries, which call these globally reachable; no web page is there.
_NOT_THE_WEB = (
    IPv4Network("192.0.0.0/24"),  # protocol assignments
    IPv4Network("192.88.99.0/24"),  # 6to4 relays
    IPv6Network("2001::/23"),  # protocol assignments, Teredo among them
    IPv6Network("2002::/16"),  # 6to4, which carries an IPv4 address of any kind
    IPv6Network("3fff::/20"),  # documentation, not in the registry of Python 3.13.0
)


def is_public(address: Address) -> bool:
    """Refuses whatever is not plain unicast of the public internet, embedded IPv4 included."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(address.packed[-4:]))
        # Leaves out IPv4-mapped and -compatible addresses, ULA, link-local and multicast at once.
        if address not in _GLOBAL_UNICAST or address.scope_id is not None:
            return False
    if address.is_multicast or any(address in network for network in _NOT_THE_WEB):
        return False
    return address.is_global


_DNS_SECONDS = 2.0


async def resolve(
    host: str, *, resolver: dns.asyncresolver.Resolver | None = None
) -> list[Address]:
    """Every address of a host, IPv4 first (functions rarely have IPv6); none if it is unknown.

    Not `getaddrinfo`: its threads cannot be cancelled, so a name server that stays silent would
    hold up other requests, and it takes names from a hosts file and from search domains.
    """
    resolver = resolver or dns.asyncresolver.get_default_resolver()
    answers = await asyncio.gather(
        _records(resolver, host, RdataType.A), _records(resolver, host, RdataType.AAAA)
    )
    return [*map(IPv4Address, answers[0]), *map(IPv6Address, answers[1])]


async def _records(resolver: dns.asyncresolver.Resolver, host: str, kind: RdataType) -> list[str]:
    try:
        answer = await resolver.resolve(
            host, kind, search=False, raise_on_no_answer=False, lifetime=_DNS_SECONDS
        )
    except dns.exception.DNSException:
        return []
    return [record.to_text() for record in answer.rrset or ()]
