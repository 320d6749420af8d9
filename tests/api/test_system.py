"""What answers without an account and without a table."""

import httpx2
import pytest
from fastapi import FastAPI

import errand

pytestmark = pytest.mark.both_transports


@pytest.mark.parametrize("path", ["/", ""])
def test_welcome(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.json() == {
        "message": "Welcome to Errand, a task-management API",
        "version": errand.__version__,
        "docs": "/docs",
    }


@pytest.mark.parametrize("path", ["/health", "/health/", "/health//"])
def test_health(client: httpx2.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize("path", ["/", "/health"])
def test_no_service_is_asked(app: FastAPI, client: httpx2.Client, path: str) -> None:
    del app.state.services
    assert client.get(path).status_code == 200
