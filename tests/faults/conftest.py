"""The API on DynamoDB in memory, behind a network that does its worst."""

import os
import time
from collections.abc import Callable, Iterator
from random import Random

import httpx2
import pytest
from fastapi.testclient import TestClient

from errand.keys import KeyRing
from errand.mails.outbox import NoOutbox
from errand_api.app import create_app
from errand_api.services import Services, inline
from errand_testkit.dynamo import FakeDynamo
from errand_testkit.fakes import ManualClock
from errand_testkit.faults import FaultyNetwork
from errand_testkit.people import new_account
from errand_testkit.stored import session_token, store_account

SEED = int(os.environ.get("SEED", "1"))


@pytest.fixture
def random() -> Random:
    return Random(SEED)  # noqa: S311 - to be the same again


@pytest.fixture
def fake() -> FakeDynamo:
    return FakeDynamo()


@pytest.fixture
def network(fake: FakeDynamo, random: Random, monkeypatch: pytest.MonkeyPatch) -> FaultyNetwork:
    """Without faults, until told otherwise; nobody waits."""
    network = FaultyNetwork(fake, random)
    network.serve(fake.connected(on_the_wire=True).client)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    return network


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sign_up(
    network: FaultyNetwork,  # noqa: ARG001 - it is behind the repositories
    ring: KeyRing,
    clock: ManualClock,
) -> Iterator[Callable[[str], httpx2.Client]]:
    """A client of somebody new."""
    app = create_app(Services(ring=ring, run=inline, outbox=NoOutbox, clock=clock))
    with TestClient(app) as first:

        def sign_up(name: str) -> httpx2.Client:
            account = store_account(new_account(name, now=clock()))
            client = TestClient(app)
            client.portal = first.portal
            token = session_token(account, ring=ring, clock=clock)
            client.headers["Authorization"] = f"Bearer {token}"
            return client

        yield sign_up
