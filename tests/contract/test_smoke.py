"""`make smoke` can walk every way to the API."""

import httpx2

from errand.smoke import walk


def test_steps_are_told(client: httpx2.Client) -> None:
    told: list[str] = []
    walk(client.request, told.append)
    assert told[0] == "is there: GET /health 200"
    assert told[-1] == "leaves: DELETE /users/me 204"
