"""How a browser is told of a reminder, and what becomes of it: once, again, never, forgotten."""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from random import Random
from typing import Any

import jwt
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

import notify_browsers
from errand.aws import client
from errand.aws.queue import DELAY_MAX
from errand.codecs import instant
from errand.links.addresses import Address
from errand.links.guard import GuardedTransport, direct
from errand.push.book import SENDS_MAX
from errand.push.model import Subscription
from errand.push.requests import KeyWanted, Notice
from errand.reminding.sent import CLAIM_MS
from errand.storage.kinds import PUSH_KEY
from errand.webhooks.retries import ASKED_MAX, LASTS
from errand.webhooks.sending import public_web
from errand_testkit.certificates import certificate_in
from errand_testkit.people import ADA
from errand_testkit.push import Browser, from_base64url
from errand_testkit.push_world import PushWorld
from errand_testkit.template import table_properties
from errand_testkit.webhooks import Behaviour, Receiver, never, receiving, status

HOUR = 60 * 60 * 1000
CREATED = status(201)

type Test = Callable[[PushWorld, Receiver], Coroutine[Any, Any, None]]


def run(test: Test, *behaviours: Behaviour) -> PushWorld:
    """With a push service that behaves so, and one browser that is subscribed to it."""
    world = PushWorld()

    async def begin() -> None:
        async with receiving(*behaviours or [CREATED]) as service:
            world.subscribe(Browser(endpoint=service.url))
            await test(world, service)

    asyncio.run(begin())
    return world


def test_browser_reads_what_it_is_reminded_of() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        assert await world.notify(notice) == []
        [received] = service.received
        assert received.path == "/hook?key=x"
        assert world.browser.read(received.body) == {
            "type": "reminder.due",
            "id": f"{world.task.id}-{notice.at}",
            "task_id": world.task.id,
            "title": "Buy milk",
            "at": instant(notice.at),
            "url": f"/tasks/{world.task.id}",
        }
        headers = received.headers
        assert headers["content-encoding"] == "aes128gcm"
        assert headers["content-type"] == "application/octet-stream"
        assert headers["ttl"] == str(LASTS // 1000)
        assert headers["topic"] == world.task.id
        assert headers["urgency"] == "high"
        assert headers["authorization"].startswith("vapid t=ey")
        assert headers["authorization"].endswith(f", k={world.vapid.public_key}")
        assert b"milk" not in received.body
        assert world.subscription.last_sent_at == world.clock()
        assert world.queued == []

    run(test)


def test_push_service_is_reached_by_tls_and_told_who_asks(tmp_path: Path) -> None:
    certificate = certificate_in(tmp_path)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate)
    world, service = PushWorld(), Receiver([CREATED])

    async def here(_: str) -> list[Address]:
        return [IPv4Address("127.0.0.1")]

    async def test() -> None:
        server = await asyncio.start_server(service.answer, "127.0.0.1", 0, ssl=served)
        port = server.sockets[0].getsockname()[1]
        trusting = direct(ssl.create_default_context(cafile=str(certificate)))
        world.transport = lambda: GuardedTransport(
            trusting, resolve=here, admits=lambda _: True, ports={port}, schemes={"https"}
        )
        world.subscribe(Browser(endpoint=f"https://shop.test:{port}/send/1"))
        assert await world.notify(*world.remind()) == []
        server.close()
        server.close_clients()
        [received] = service.received
        assert world.browser.read(received.body)["title"] == "Buy milk"
        token = received.headers["authorization"].removeprefix("vapid t=").partition(",")[0]
        claims = jwt.decode(token, options={"verify_signature": False})
        assert claims["aud"] == f"https://shop.test:{port}"

    asyncio.run(test())
    assert world.subscription.last_failure is None


def test_each_is_told_once_however_often_and_in_whatever_order_notices_come() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        for number in range(2):
            world.subscribe(Browser(endpoint=f"{service.url}-{number}"))
        tasks = [world.new_task(f"Task {number}") for number in range(4)]
        notices = [notice for task in tasks for notice in world.remind(task)]
        assert len(notices) == 12
        shuffled = notices * 3
        Random(7).shuffle(shuffled)  # noqa: S311 - an order, no secret
        failed: list[Notice] = []
        for notice in shuffled:
            failed += [notice] if await world.notify(notice) else []
        assert failed == []
        assert await world.notify(*shuffled) == []
        assert len(service.received) == 12

    run(test)


def test_of_two_at_once_one_tells() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        # The other one looks again when the first is done, or dead.
        assert len(await world.notify(notice, notice)) == 1
        assert await world.notify(notice) == []
        assert len(service.received) == 1

    run(test)


def test_whoever_follows_one_that_died_tells() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        assert world.sent.claim(notice.when, notice.channel)
        assert await world.notify(notice) == ["0"]
        world.clock.advance(CLAIM_MS / 1000)
        assert await world.notify(notice) == []
        assert len(service.received) == 1

    run(test)


@pytest.mark.parametrize("code", [404, 410])
def test_browser_that_its_push_service_forgot_is_forgotten(code: int) -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        assert await world.notify(notice, notice) in ([], ["0"], ["1"])
        assert world.subscriptions == []
        assert await world.notify(notice) == []
        assert world.remind() == []
        assert len(service.received) == 1

    run(test, status(code))


@pytest.mark.parametrize("code", [408, 429, 500, 503])
def test_what_may_pass_is_tried_again_without_holding_a_worker(code: int) -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        assert await world.notify(notice) == []
        [(again, delay)] = world.take()
        assert again == replace(notice, not_before=world.clock() + 5000)
        assert delay == 5
        assert world.subscription.last_failure == f"answered {code}"
        assert world.subscription.last_sent_at is None
        world.clock.advance(5)
        assert await world.notify(again) == []
        assert world.subscription.last_sent_at == world.clock()
        assert world.subscription.last_failed_at == world.clock() - 5000
        assert len(service.received) == 2

    run(test, status(code), CREATED)


def test_push_service_says_when_to_come_again() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        await world.notify(*world.remind())
        [(again, delay)] = world.take()
        assert (again.not_before, delay) == (world.clock() + 3 * HOUR, DELAY_MAX)
        # What the queue cannot keep back for so long goes round.
        world.clock.advance(DELAY_MAX)
        assert await world.notify(again) == []
        [(round_again, delay)] = world.take()
        assert (round_again, delay) == (again, DELAY_MAX)
        assert len(service.received) == 1

    run(test, status(429, "Retry-After: 10800"))


def test_no_push_service_has_us_wait_for_ever() -> None:
    async def test(world: PushWorld, _: Receiver) -> None:
        await world.notify(*world.remind())
        [(again, _delay)] = world.take()
        assert again.not_before == world.clock() + ASKED_MAX

    run(test, status(503, "Retry-After: 99999999"))


@pytest.mark.deep
def test_it_is_given_up_after_a_day_and_said_why() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        begun = world.clock()
        waiting = world.remind()
        for _ in range(200):
            if not waiting:
                break
            [notice] = waiting
            world.clock.now = max(world.clock.now, notice.not_before)
            assert await world.notify(notice) == []
            waiting = [one for one, _ in world.take()]
        assert world.clock() == begun + LASTS
        assert len(service.received) < 25
        assert world.subscription.last_failed_at == begun + LASTS
        assert service.received[-1].headers["ttl"] == "0"
        assert await world.notify(notice) == []
        assert len(service.received) < 25

    run(test, status(500))


@pytest.mark.parametrize("code", [301, 400, 401, 403, 413])
def test_what_would_be_answered_the_same_again_is_given_up_with_a_record(code: int) -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        for _ in range(3):
            assert await world.notify(notice) == []
        assert world.queued == []
        assert len(service.received) == 1
        assert world.subscription.last_failed_at == world.clock()
        why = "redirects are not followed" if code == 301 else f"answered {code}"
        assert world.subscription.last_failure == why

    run(test, status(code, "Location: http://127.0.0.1:1/"))


def test_one_that_hangs_is_left_in_time_and_the_others_are_told() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [hanging] = world.remind()
        async with receiving(CREATED) as other:
            subscription = world.subscribe(Browser(endpoint=other.url))
            notice = replace(hanging, subscription_id=subscription.id)
            assert await world.notify(hanging, notice, seconds=0.3) == []
            assert len(other.received) == 1
        assert world.take() != []
        assert world.present(hanging).last_failure == "timed out"
        assert len(service.received) == 1

    run(test, never)


def test_nobody_is_reached_but_the_public_web() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        world.transport = public_web
        for endpoint, why in {
            f"https://127.0.0.1:{service.port}/": "port not allowed",
            "https://127.0.0.1/": "no public address",
            "https://169.254.169.254/latest": "no public address",
            "https://[::1]/": "no public address",
            "http://push.example.com/": "only https is taken",
        }.items():
            one = world.subscribe(Browser(endpoint=endpoint))
            [notice] = [each for each in world.remind() if each.subscription_id == one.id]
            assert await world.notify(notice) == []
            assert world.present(notice).last_failure == why
        assert service.received == []

    run(test)


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.complete(),
        lambda world: world.account(replace(ADA, reminder_push=False)),
        lambda world: world.account(replace(ADA, disabled=True)),
        lambda world: world.end_session(),
        lambda world: world.account(replace(ADA, sessions_from=world.clock())),
        lambda world: world.clock.advance(31 * 24 * 60 * 60),
    ],
    ids=["completed", "unwanted", "disabled", "logged out", "logged out everywhere", "idle"],
)
def test_what_is_not_so_any_more_is_not_shown(change: Callable[[PushWorld], None]) -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        change(world)
        assert await world.notify(notice) == []
        assert (service.received, world.queued) == ([], [])

    run(test)


def test_browser_whose_session_has_ended_is_asked_no_more() -> None:
    async def test(world: PushWorld, _: Receiver) -> None:
        [notice] = world.remind()
        world.end_session()
        await world.notify(notice)
        assert world.remind() == []

    run(test)


def test_browser_that_was_registered_anew_meanwhile_is_not_ended() -> None:
    async def test(world: PushWorld, _: Receiver) -> None:
        [notice] = world.remind()
        old = world.subscription
        world.end_session()
        world.subscribe(world.browser)
        world.browsers._end(old, now=world.clock())
        assert len(world.remind()) == 1
        assert notice.subscription_id == world.subscription.id

    run(test)


def test_beyond_its_rate_an_account_waits_for_the_next_minute() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        for _ in range(SENDS_MAX):
            assert not world.browsers.is_beyond_the_rate(ADA.id, now=world.clock())
        assert await world.notify(notice) == []
        assert service.received == []
        [(again, _delay)] = world.take()
        minute = 60_000
        begins = (world.clock() // minute + 1) * minute
        assert again.not_before == begins + minute // 2
        world.clock.now = again.not_before
        assert await world.notify(again) == []
        assert len(service.received) == 1

    run(test)


def test_queue_that_fails_leaves_the_notice_to_come_again() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        world.refuse_once(ClientError({"Error": {"Code": "ServiceUnavailable"}}, "SendMessage"))
        assert await world.notify(notice) == ["0"]
        world.clock.advance(CLAIM_MS / 1000)
        assert await world.notify(notice) == []
        assert len(service.received) == 2

    run(test, status(500), CREATED)


def test_table_that_fails_leaves_the_notice_to_come_again() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()

        def fail() -> None:
            raise ClientError({"Error": {"Code": "ThrottlingException"}}, "UpdateItem")

        world.dynamodb.interferences.append(fail)
        assert await world.notify(notice) == ["0"]
        assert await world.notify(notice) == []
        assert len(service.received) == 1

    run(test)


def test_poison_fails_alone() -> None:
    async def test(world: PushWorld, service: Receiver) -> None:
        [notice] = world.remind()
        raw = ["nonsense", '{"version":"2"}', '{"version":"1","user_id":"ada"}']
        assert await world.notify(notice, raw=raw) == ["0", "1", "2"]
        assert len(service.received) == 1

    run(test)


def test_nothing_personal_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def test(world: PushWorld, _: Receiver) -> None:
        await world.notify(*world.remind(), raw=["nonsense"])

    world = run(test, status(500))
    secrets = ("milk", ADA.id, world.browser.endpoint, "127.0.0.1")
    assert caplog.records
    assert not any(secret in caplog.text for secret in secrets)


def test_public_key_is_published_when_somebody_asks() -> None:
    world = PushWorld()
    messages = [{"messageId": "0", "body": KeyWanted().encoded()}]
    assert asyncio.run(world.notifying().work(messages)) == []
    item = world.dynamodb.items["EphemeralTable"][PUSH_KEY.key("vapid")]
    assert item["k"] == {"S": world.vapid.public_key}
    assert len(from_base64url(item["k"]["S"])) == 65


# -------------------------------------------------------------------------------------- the handler


@pytest.fixture
def _deployed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        for name in ("DataTable", "EphemeralTable"):
            client("dynamodb", read_timeout=1).create_table(**table_properties(name))
        secret = json.dumps({"key": b64encode(bytes(48)).decode()})
        client("secretsmanager", read_timeout=1).create_secret(Name="push", SecretString=secret)
        sqs: Any = client("sqs", read_timeout=1)
        for name, value in {
            "ERRAND_DATA_TABLE": "DataTable",
            "ERRAND_EPHEMERAL_TABLE": "EphemeralTable",
            "ERRAND_PUSH_QUEUE_URL": sqs.create_queue(QueueName="push")["QueueUrl"],
            "ERRAND_PUSH_SECRET": "push",
            "ERRAND_PUSH_CONTACT": "mailto:errand@example.com",
            "ERRAND_LOOPBACK_WEBHOOKS": "0",
        }.items():
            monkeypatch.setenv(name, value)
        notify_browsers.notifying.cache_clear()
        yield
    notify_browsers.notifying.cache_clear()


@pytest.mark.usefixtures("_deployed")
def test_instance_publishes_the_key_as_it_begins_and_reaches_public_addresses_alone() -> None:
    notice = Notice(user_id=ADA.id, subscription_id=ADA.id, task_id=ADA.id, at=1, begun_at=1)
    records = [{"messageId": "0", "body": notice.encoded()}, {"messageId": "1", "body": "-"}]
    answer = notify_browsers.handler({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    found = client("dynamodb", read_timeout=1).get_item(
        TableName="EphemeralTable", Key={"pk": {"S": "PUSH#vapid"}, "sk": {"S": "KEY"}}
    )
    made = notify_browsers.notifying()
    assert found["Item"]["k"] == {"S": made.vapid.public_key}
    transport = made.transport()
    assert isinstance(transport, GuardedTransport)
    assert "http" not in transport._schemes


def test_subscription_tells_no_secret_in_its_repr() -> None:
    world = PushWorld()
    one: Subscription = world.subscribe(Browser())
    assert world.browser.endpoint not in repr(one)
    assert "sixteen" not in repr(one)
