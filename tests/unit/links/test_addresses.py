"""Which addresses are the public web, and a resolver that asks a name server of our own."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from errand.links.addresses import is_public, resolve

ZONE = {
    ("both.test.", "A"): ["192.0.2.1", "192.0.2.2"],
    ("both.test.", "AAAA"): ["2001:db8::1"],
    ("four.test.", "A"): ["192.0.2.3"],
    ("alias.test.", "CNAME"): ["four.test."],
}


@pytest.mark.parametrize(
    "address",
    [
        "93.184.215.14",
        "8.8.8.8",
        "2606:4700::1111",
        "2a00:1450:4001::8a",
        "64:ff9b::808:808",  # NAT64 of 8.8.8.8
    ],
)
def test_the_public_web(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - refused, not bound
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.169.254",
        "169.254.170.2",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.9",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:8.8.8.8",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "2002:808:808::",
        "3fff::1",
        "4000::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "2606:4700::1111%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
    ],
)
def test_anything_else(address: str) -> None:
    assert not is_public(ip_address(address))


class _NameServer(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text()
        kind = dns.rdatatype.to_text(query.question[0].rdtype)
        if name == "silent.test.":
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if name == "broken.test.":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif not any(known == name for known, _ in ZONE):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        for alias in ZONE.get((name, "CNAME"), []):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", alias))
            name = alias
        if texts := ZONE.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *texts))
        self._transport.sendto(answer.to_wire(), addr)


@asynccontextmanager
async def _name_server() -> AsyncIterator[dns.asyncresolver.Resolver]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(_NameServer, local_addr=("127.0.0.1", 0))
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    resolver.search = [dns.name.from_text("test.")]
    try:
        yield resolver
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("host", "addresses"),
    [
        ("both.test", ["192.0.2.1", "192.0.2.2", "2001:db8::1"]),
        ("four.test", ["192.0.2.3"]),
        ("alias.test", ["192.0.2.3"]),
        ("unknown.test", []),
        ("broken.test", []),
        ("four", []),  # a search domain is not for links
        ("empty..label", []),
    ],
)
def test_resolving(host: str, addresses: list[str]) -> None:
    async def run() -> None:
        async with _name_server() as resolver:
            found = await resolve(host, resolver=resolver)
        assert {*found} == {*map(ip_address, addresses)}
        assert found == sorted(found, key=lambda address: address.version)

    asyncio.run(run())


def test_a_silent_name_server_can_be_given_up_on() -> None:
    async def run() -> None:
        async with _name_server() as resolver:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await resolve("silent.test", resolver=resolver)

    asyncio.run(run())
