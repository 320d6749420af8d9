"""1,000 writes of an account in a minute."""

import httpx2
import pytest

from errand.identity.throttling.writes import WRITES_MAX
from errand_testkit.fakes import ManualClock


@pytest.mark.deep
def test_writes_beyond_the_limit_are_told_when_to_come_again(
    john: httpx2.Client, jane: httpx2.Client, clock: ManualClock
) -> None:
    # What is refused for another reason is counted, too: it costs as much to find that out.
    for _ in range(WRITES_MAX):
        assert john.delete("/tasks/nothing").status_code == 404
    refused = john.post("/tasks", json={"title": "Buy milk"})
    wait = int(refused.headers["Retry-After"])
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_writes")
    assert refused.headers["RateLimit-Policy"] == '"writes";q=1000;w=60'
    assert refused.headers["RateLimit"] == f'"writes";r=0;t={wait}'
    assert john.get("/tasks").status_code == 200
    assert jane.post("/tasks", json={"title": "Buy milk"}).status_code == 201
    clock.advance(seconds=wait)
    assert john.post("/tasks", json={"title": "Buy milk"}).status_code == 201
