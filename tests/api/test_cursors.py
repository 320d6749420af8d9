"""A cursor is good in the list, the order and the account that handed it out, and nowhere else."""

import httpx2
import pytest

from errand.export import service
from errand_testkit.fakes import ManualClock
from errand_testkit.visitors import SignUp, log_in

LISTS = [
    "/tasks?limit=1",
    "/tasks?limit=1&order=asc",
    "/tasks?limit=1&completed=false",
    "/tasks?limit=1&completed=true",
    "/users?limit=1",
    "/users/me/security-log?limit=1",
    "/users/me/export?",
]


@pytest.fixture
def root(
    sign_up: SignUp,
    client: httpx2.Client,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> httpx2.Client:
    """An administrator with more than one page in every list."""
    monkeypatch.setattr(service, "_ITEMS", 1)
    sign_up("somebody")
    root = sign_up("root", admin=True)
    for title in ("Buy milk", "Buy oats"):
        for completed in (True, False):
            root.post("/tasks", json={"title": title, "completed": completed})
        log_in(client, "root")
        clock.advance(1)
    return root


def cursor_of(client: httpx2.Client, path: str) -> str:
    url = httpx2.URL(client.get(path).links["next"]["url"])
    return str(url.params["cursor"])


def test_cursors_of_one_list_are_refused_in_every_other(root: httpx2.Client) -> None:
    cursors = {path: cursor_of(root, path) for path in LISTS}
    assert len(set(cursors.values())) == len(LISTS)
    for asked in LISTS:
        for given, cursor in cursors.items():
            answer = root.get(f"{asked}&cursor={cursor}")
            if asked == given:
                assert answer.status_code == 200, asked
            else:
                assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_cursors_of_somebody_else_are_refused(root: httpx2.Client, sign_up: SignUp) -> None:
    other = sign_up("another", admin=True)
    for path in LISTS:
        answer = other.get(f"{path}&cursor={cursor_of(root, path)}")
        # Of the accounts there is one list for all administrators.
        assert answer.status_code == (200 if path.startswith("/users?") else 422), path
