"""What the transport refuses, and what it asks of the transport that connects."""

import asyncio
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import httpx
import pytest

from errand.links.addresses import Address
from errand.links.guard import GuardedTransport, Refused

PUBLIC = "93.184.215.14"
OTHER_PUBLIC = "93.184.215.15"


class Names:
    """A DNS whose answers may change: one per look-up, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> list[Address]:
        self.asked.append(host)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [*map(ip_address, answer)]


def fetch(
    url: str,
    names: Names,
    *,
    answer: Callable[[httpx.Request], httpx.Response] | None = None,
) -> list[httpx.Request]:
    """What reached the connecting transport."""
    sent: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answer(request) if answer else httpx.Response(200)

    async def run() -> None:
        transport = GuardedTransport(httpx.MockTransport(record), resolve=names)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            await client.get(url)

    asyncio.run(run())
    return sent


def test_it_connects_to_the_address_and_keeps_the_name() -> None:
    names = Names([PUBLIC])
    (sent,) = fetch("https://Shop.example./milk?a=%20b", names)
    assert str(sent.url) == f"https://{PUBLIC}/milk?a=%20b"
    assert sent.headers["host"] == "shop.example."
    assert sent.extensions["sni_hostname"] == "shop.example"
    assert names.asked == ["shop.example"]


def test_an_international_name() -> None:
    (sent,) = fetch("https://bücher.example/", Names([PUBLIC]))
    assert sent.headers["host"] == sent.extensions["sni_hostname"] == "xn--bcher-kva.example"


@pytest.mark.parametrize("host", [PUBLIC, "[2606:4700::1111]"])
def test_a_public_literal_needs_no_dns(host: str) -> None:
    names = Names([])
    (sent,) = fetch(f"http://{host}:8080/x", names)
    assert str(sent.url) == f"http://{host}:8080/x"
    assert names.asked == []


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127。0。0。1",
        "127.1",
        "0x7f.0.0.1",
        "0x7f000001",
        "2130706433",
        "0",
        "134744072",  # odd spellings are refused whatever they stand for
        "0x08080808",
        "a.0x",
        "169.254.169.254",
        "100.100.100.200",
        "[::1]",
        "[::]",
        "[::ffff:169.254.169.254]",
        "[::ffff:7f00:1]",
        "[fd00:ec2::254]",
        "[fe80::1%25eth0]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "a b.example",
        "a..example",
        ".example",
        "a%00.example",
        "a" * 64 + ".example",
        "a." * 127 + "example",
    ],
)
def test_hosts_that_are_not_even_looked_up(host: str) -> None:
    names = Names([PUBLIC])
    with pytest.raises(Refused, match="no public address"):
        fetch(f"http://{host}/", names)
    assert names.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        [],
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["fd00:ec2::254"],
        ["::ffff:10.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["::1", PUBLIC],
    ],
)
@pytest.mark.parametrize("host", ["shop.example", "localhost", "localhost.", "intranet"])
def test_names_of_no_or_not_only_public_addresses(host: str, answer: list[str]) -> None:
    with pytest.raises(Refused, match="no public address"):
        fetch(f"https://{host}/", Names(answer))


@pytest.mark.parametrize("port", [0, 1, 22, 25, 81, 3306, 6379, 9200, 65535])
def test_ports_without_web_servers(port: int) -> None:
    with pytest.raises(Refused, match="port not allowed"):
        fetch(f"http://shop.example:{port}/", Names([PUBLIC]))


@pytest.mark.parametrize("userinfo", ["user:secret", "user", ":secret", "1.1.1.1\\"])
def test_credentials(userinfo: str) -> None:
    with pytest.raises(Refused, match="credentials"):
        fetch(f"https://{userinfo}@shop.example/", Names([PUBLIC]))


@pytest.mark.parametrize(
    "url", ["ftp://shop.example/", "file:///etc/passwd", "gopher://x/", "ws://shop.example/"]
)
def test_other_schemes(url: str) -> None:
    with pytest.raises(Refused, match="only http and https"):
        fetch(url, Names([PUBLIC]))


def test_one_look_up_per_request_so_that_no_name_can_change_between_check_and_use() -> None:
    names = Names([PUBLIC], ["127.0.0.1"])
    (sent,) = fetch("http://rebinding.example/", names)
    assert sent.url.host == PUBLIC
    assert names.asked == ["rebinding.example"]
    with pytest.raises(Refused):
        fetch("http://rebinding.example/", names)


@pytest.mark.parametrize("failure", [httpx.ConnectError, httpx.ConnectTimeout])
def test_the_next_address_is_tried(failure: type[httpx.TransportError]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host == PUBLIC:
            raise failure("down")
        return httpx.Response(200)

    sent = fetch("http://shop.example/", Names([PUBLIC, OTHER_PUBLIC]), answer=answer)
    assert [request.url.host for request in sent] == [PUBLIC, OTHER_PUBLIC]


def test_a_request_that_arrived_is_not_repeated() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadError("cut", request=request)

    with pytest.raises(httpx.ReadError):
        fetch("http://shop.example/", Names([PUBLIC, OTHER_PUBLIC]), answer=answer)
