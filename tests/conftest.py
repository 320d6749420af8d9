"""Fixtures of all tests: an AWS in this process, and the tables of template.yaml in it."""

import gc
import os
import time
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import pytest
from _pytest.runner import runtestprotocol
from botocore.hooks import EVENT_ALIASES, EventAliaser
from hypothesis import settings
from moto import mock_aws

from errand.config import Settings
from errand.keys import Key, KeyRing
from errand.storage import unit
from errand.storage.tables import connect
from errand_testkit import emulation, hashing, layers
from errand_testkit.depth import DEPTH, times
from errand_testkit.template import table_properties

SETTINGS = Settings(
    data_table="DataTable",
    log_table="LogTable",
    ephemeral_table="EphemeralTable",
    signing_secret="signing",
    on_lambda=True,
)

# A slow machine fails nothing.
settings.register_profile("ours", deadline=None, max_examples=times(10, deep=100))
settings.load_profile("ours")


def pytest_addoption(parser: pytest.Parser) -> None:
    text = "ways that tests/contract goes, by commas: asgi, lambda, artifact, the URL of an API"
    parser.addoption("--contract", help=text)


def pytest_configure(config: pytest.Config) -> None:
    """Before modules are imported: some hash a password then, which all tests would pay for."""
    patch = pytest.MonkeyPatch()
    hashing.make_cheap(patch)
    config.add_cleanup(patch.undo)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long is for those who ask for it, as is what has to be built first."""
    for item in items:
        if "artifact" in getattr(item, "fixturenames", ()):
            item.add_marker("deep")
    if not DEPTH:
        deep = [item for item in items if item.get_closest_marker("deep")]
        items[:] = [item for item in items if not item.get_closest_marker("deep")]
        config.hook.pytest_deselected(items=deep)
    # What waits for other processes comes first, and so to one worker alone: it has one AWS.
    items.sort(key=lambda item: "e2e" not in item.path.parts)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look at it again before each test."""
    gc.collect()
    gc.freeze()


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A worker tells of a test once: to tell of each phase takes longer than most tests do."""
    if not hasattr(item.config, "workerinput"):
        return None
    for report in runtestprotocol(item, nextitem=nextitem, log=False):
        if report.when == "call" or not report.passed:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What a test that passed has to say about all that it tried, and what nobody tried."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            if name == "summary":
                terminalreporter.write_line(str(value))


@pytest.fixture(autouse=True)
def _no_real_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the machine is configured for, no test reaches an account."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture(autouse=True, scope="session")
def _quick_botocore() -> Iterator[None]:
    """What it knows of services, and how their events are called, is read once for all sessions."""
    names: dict[str, str] = {}
    make = EventAliaser.__init__

    def remember(aliaser: Any, *arguments: Any) -> None:
        make(aliaser, *arguments)
        if aliaser._event_aliases == EVENT_ALIASES:
            aliaser._alias_name_cache = names

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EventAliaser, "__init__", remember)
        patch.setattr(botocore.session, "create_loader", cache(botocore.loaders.create_loader))
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_moto() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        emulation.make_quick(patch)
        yield


@pytest.fixture(autouse=True, scope="session")
def _short_pauses() -> Iterator[None]:
    """Who was overtaken waits for others of this process: no network is between them."""
    quick = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds / 10))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unit, "time", quick)
        yield


@pytest.fixture
def _costly_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of hashing itself."""
    hashing.make_costly(monkeypatch)


@pytest.fixture
def ring() -> KeyRing:
    return KeyRing((Key("test", b"a signing key for tests, 32 bytes+"),))


@pytest.fixture
def tables(_no_real_aws: None) -> Iterator[None]:
    """All tables, empty, with the models connected to them."""
    with mock_aws():
        client = boto3.client("dynamodb")
        for name in ("DataTable", "LogTable", "EphemeralTable"):
            client.create_table(**table_properties(name))
        connect(SETTINGS)
        yield


@pytest.fixture(scope="session")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Name in the template -> what is deployed of it, built once for all workers of a run."""
    base = tmp_path_factory.getbasetemp()
    return partial(
        layers.shared, folder=base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    )
