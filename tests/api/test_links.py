"""Links of tasks are fetched now and then, not as often as somebody likes."""

from collections.abc import Callable, Sequence

import httpx2
import pytest

from errand.links.model import KEPT_SECONDS, PREVIEW
from errand.links.schemas import LinkPreview
from errand_api.services import Services
from errand_testkit.fakes import ManualClock

LINK = "https://example.com/milk"


@pytest.fixture
def fetched(services: Services) -> list[Sequence[str]]:
    """What was asked of the web."""
    asked: list[Sequence[str]] = []

    async def preview(urls: Sequence[str]) -> list[LinkPreview]:
        asked.append(urls)
        return [LinkPreview(url=url, status=200, title=f"{len(asked)}", error=None) for url in urls]

    services.preview = preview
    return asked


def with_links(client: httpx2.Client, *links: str) -> str:
    answer = client.post("/tasks", json={"title": "Buy milk", "links": links})
    return f"/tasks/{answer.json()['id']}/links"


def test_answers_are_kept_for_some_minutes(
    john: httpx2.Client, clock: ManualClock, fetched: list[Sequence[str]]
) -> None:
    path = with_links(john, LINK)
    first = john.get(path)
    clock.advance(seconds=KEPT_SECONDS - 1)
    assert john.get(path).json() == first.json()
    assert len(fetched) == 1
    clock.advance(seconds=1)
    assert john.get(path).json()[0]["title"] == "2"


def test_other_links_are_fetched_at_once(john: httpx2.Client, fetched: list[Sequence[str]]) -> None:
    path = with_links(john, LINK)
    john.get(path)
    john.patch(path.removesuffix("/links"), json={"links": [LINK, f"{LINK}/2"]})
    assert len(john.get(path).json()) == 2
    assert len(fetched) == 2


def test_what_one_has_fetched_tells_another_nothing(
    john: httpx2.Client, sign_up: Callable[..., httpx2.Client], fetched: list[Sequence[str]]
) -> None:
    jim = sign_up("jimdoe")
    john.get(with_links(john, LINK))
    jim.get(with_links(jim, LINK))
    assert len(fetched) == 2


def test_fetching_is_slowed_down_for_each_user(
    john: httpx2.Client, sign_up: Callable[..., httpx2.Client], fetched: list[Sequence[str]]
) -> None:
    for number in range(PREVIEW.free + 1):
        assert john.get(with_links(john, f"{LINK}/{number}")).status_code == 200
    refused = john.get(with_links(john, f"{LINK}/other"))
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert refused.headers["retry-after"] == "1"
    assert len(fetched) == PREVIEW.free + 1
    assert john.get(with_links(john, f"{LINK}/0")).status_code == 200, "it is known"
    jim = sign_up("jimdoe")
    assert jim.get(with_links(jim, LINK)).status_code == 200


def test_no_links_cost_nothing(john: httpx2.Client, fetched: list[Sequence[str]]) -> None:
    path = with_links(john)
    assert all(john.get(path).json() == [] for _ in range(PREVIEW.free + 5))
    assert fetched == []
