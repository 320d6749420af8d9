"""The tutorial, as a person follows it."""

import httpx2
import pytest


@pytest.fixture
def refuses_common_passwords() -> bool:
    """As under `make run`: the tutorial's password is one that everybody guesses."""
    return False


def test_the_whole_walk(client: httpx2.Client) -> None:
    assert client.get("/").json()["message"].startswith("Welcome")

    registered = client.post(
        "/register",
        json={
            "username": "johndoe",
            "password": "password123",
            "email": "johndoe@example.com",
            "full_name": "John Doe",
        },
    )
    assert registered.status_code == 201
    assert "password" not in registered.text
    assert "argon2" not in registered.text

    token = client.post("/token", data={"username": "johndoe", "password": "password123"})
    assert token.status_code == 200
    assert token.json()["token_type"] == "bearer"
    client.headers["Authorization"] = f"Bearer {token.json()['access_token']}"

    me = client.get("/users/me/")
    assert me.json() == registered.json()

    task = client.post("/tasks/", json={"title": "Buy milk", "description": "Two litres"})
    assert task.status_code == 201
    assert task.json()["completed"] is False
    address = task.headers["Location"]

    assert client.get("/tasks/?skip=0&limit=10").json() == [task.json()]
    assert client.get(address).json() == task.json()

    done = client.put(address, json={"completed": True})
    assert done.status_code == 200
    assert done.json()["title"] == "Buy milk"
    assert done.json()["completed"] is True
    assert done.json()["completed_at"] is not None

    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404
    assert client.get("/tasks").json() == []

    gone = client.request("DELETE", "/users/me", json={"password": "password123"})
    assert gone.status_code == 204
    assert client.get("/users/me").status_code == 401
