"""Receivers as they are: they hang, drip, redirect, answer without end, lie, and lead elsewhere."""

import asyncio
import ssl
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from errand.links.addresses import Address, is_public
from errand.links.guard import GuardedTransport, direct
from errand.webhooks.sending import ANSWER_MAX, Outcome, Sender, public_web, this_machine_too
from errand_testkit.certificates import certificate_in
from errand_testkit.webhooks import OK, Behaviour, Receiver, never, receiving, status

PLAIN = ssl.create_default_context()


def send(
    *behaviours: Behaviour,
    url: str = "http://127.0.0.1:{port}/",
    transport: Callable[[Receiver], GuardedTransport] = lambda _: this_machine_too(),
    seconds: float = 5,
) -> tuple[Outcome, Receiver]:
    async def run() -> tuple[Outcome, Receiver]:
        async with (
            receiving(*behaviours) as receiver,
            Sender(transport(receiver), seconds=seconds) as sender,
        ):
            to = url.format(port=receiver.port)
            return await sender.send(to, headers={"webhook-id": "1"}, body=b"{}"), receiver

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("code", "is_accepted", "error"),
    [
        (200, True, None),
        (202, True, None),
        (299, True, None),
        (301, False, "redirects are not followed"),
        (308, False, "redirects are not followed"),
        (400, False, "answered 400"),
        (410, False, "answered 410"),
        (500, False, "answered 500"),
        (999, False, "answered 999"),
    ],
)
def test_status_decides(code: int, *, is_accepted: bool, error: str | None) -> None:
    outcome, _ = send(status(code, body=b"told"))
    assert (outcome.status, outcome.is_accepted, outcome.error) == (code, is_accepted, error)
    assert outcome.answer == "told"
    assert outcome.is_gone == (code == 410)


def test_redirect_is_not_followed() -> None:
    _, receiver = send(status(307, "Location: /elsewhere"), OK)
    assert [one.path for one in receiver.received] == ["/"]


def test_nothing_is_remembered_of_a_receiver() -> None:
    async def run() -> Receiver:
        async with (
            receiving(status(200, "Set-Cookie: a=b")) as receiver,
            Sender(this_machine_too()) as sender,
        ):
            for _ in range(2):
                await sender.send(receiver.url, headers={"webhook-id": "1"}, body=b"{}")
            return receiver

    assert "cookie" not in asyncio.run(run()).received[1].headers


def test_receiver_that_hangs_is_left_when_time_is_up() -> None:
    outcome, _ = send(never, seconds=0.1)
    assert (outcome.status, outcome.error) == (None, "timed out")


async def _drip_head(writer: asyncio.StreamWriter) -> None:
    for byte in OK * 1000:
        writer.write(bytes([byte]))
        await asyncio.sleep(0.01)


async def _drip_body(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"1\r\nx\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


def test_receiver_whose_head_drips_is_left_when_time_is_up() -> None:
    outcome, _ = send(_drip_head, seconds=0.1)
    assert (outcome.status, outcome.error) == (None, "timed out")


def test_receiver_whose_body_drips_has_accepted_and_is_left_when_time_is_up() -> None:
    outcome, _ = send(_drip_body, seconds=0.2)
    assert outcome.is_accepted
    assert (outcome.answer or "").startswith("x")


def test_answer_without_end_is_read_to_64_kb() -> None:
    written = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n")
        for _ in range(1024):
            writer.write(b"x" * ANSWER_MAX)
            await writer.drain()
            written += ANSWER_MAX

    outcome, _ = send(flood)
    assert outcome.is_accepted
    assert outcome.answer == "x" * 2048
    assert written < 64 * 1024 * 1024


@pytest.mark.parametrize(
    ("answer", "code", "error"),
    [
        (b"", None, "not a valid answer"),
        (b"HTTP/1.1 200", None, "not a valid answer"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", None, "not a valid answer"),
        (b"\x00" * 100_000, None, "not a valid answer"),
        (b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 100_000, None, "not a valid answer"),
        # It has accepted: what it says beside that is of no account.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 200, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nlonger than told", 200, None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense", 200, None),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nno gzip", 200, None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", None, "not a valid answer"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_receiver_that_closes_early_or_lies(
    answer: bytes, code: int | None, error: str | None
) -> None:
    outcome, _ = send(answer)
    assert (outcome.status, outcome.error) == (code, error)


def test_receiver_that_refuses() -> None:
    outcome, _ = send(url="http://127.0.0.1:1/")
    assert (outcome.status, outcome.error) == (None, "cannot connect")


def test_answer_that_is_no_text_is_shown_as_far_as_it_is() -> None:
    outcome, _ = send(status(200, body=b"\xff\xfe\x00ok"))
    assert outcome.answer == "\ufffd\ufffd\x00ok"


# -------------------------------------------------------------------------------- where it may lead


class Names:
    """A DNS whose answers change: one per look-up, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)

    async def __call__(self, _: str) -> list[Address]:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return [*map(ip_address, answer)]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:{port}/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://0x7f.1/",
    ],
)
def test_private_addresses_are_not_asked(url: str) -> None:
    outcome, receiver = send(
        url=url,
        transport=lambda one: GuardedTransport(direct(PLAIN), ports={443, one.port}),
    )
    assert outcome.error == "no public address"
    assert receiver.received == []


@pytest.mark.parametrize("answers", [["10.0.0.1"], ["93.184.215.14", "127.0.0.1"], []], ids=str)
def test_names_that_lead_to_private_addresses_are_not_asked(answers: list[str]) -> None:
    outcome, receiver = send(
        url="http://hooks.test:{port}/",
        transport=lambda one: GuardedTransport(
            direct(PLAIN), resolve=Names(answers), ports={one.port}
        ),
    )
    assert outcome.error == "no public address"
    assert receiver.received == []


def test_name_that_is_rebound_is_looked_up_once_for_each_attempt() -> None:
    """What was checked is what is connected to: there is no second answer to ask for."""
    names = Names(["127.0.0.1"], ["127.0.0.2"])

    def first_only(address: Address) -> bool:
        return address == ip_address("127.0.0.1") or is_public(address)

    async def run() -> tuple[list[str | None], Receiver]:
        async with receiving(OK) as receiver:
            transport = GuardedTransport(
                direct(PLAIN), resolve=names, admits=first_only, ports={receiver.port}
            )
            async with Sender(transport) as sender:
                url = f"http://hooks.test:{receiver.port}/"
                outcomes = [await sender.send(url, headers={}, body=b"{}") for _ in range(2)]
            return [one.error for one in outcomes], receiver

    errors, receiver = asyncio.run(run())
    assert errors == [None, "no public address"]
    assert receiver.received[0].headers["host"] == f"hooks.test:{receiver.port}"


def test_deployed_sender_takes_https_to_ports_of_the_web_alone() -> None:
    for url, error in [
        ("http://127.0.0.1:{port}/", "only https is taken"),
        ("https://hooks.example.com:22/", "port not allowed"),
        ("https://ada:secret@hooks.example.com/", "a link must not contain credentials"),
        ("https://127.0.0.1/", "no public address"),
        ("https://.../", "no public address"),
        ("https://hooks.example.com:99999/", "port not allowed"),
    ]:
        outcome, receiver = send(url=url, transport=lambda _: public_web())
        assert outcome.error == error, url
        assert receiver.received == []


def test_certificates_are_verified(tmp_path: Path) -> None:
    certificate = certificate_in(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)

    async def run(trusted: ssl.SSLContext, name: str) -> str | None:
        receiver = Receiver([OK])
        server = await asyncio.start_server(receiver.answer, "127.0.0.1", 0, ssl=served)
        port = server.sockets[0].getsockname()[1]
        transport = GuardedTransport(
            direct(trusted),
            resolve=Names(["127.0.0.1"]),
            admits=lambda _: True,
            ports={port},
        )
        async with Sender(transport) as sender:
            outcome = await sender.send(f"https://{name}:{port}/", headers={}, body=b"{}")
        server.close()
        server.close_clients()
        return outcome.error

    trusting = ssl.create_default_context(cafile=str(certificate))
    assert asyncio.run(run(trusting, "shop.test")) is None
    assert asyncio.run(run(trusting, "other.test")) == "TLS failed"
    assert asyncio.run(run(PLAIN, "shop.test")) == "TLS failed"
