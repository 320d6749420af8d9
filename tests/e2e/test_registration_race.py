"""Two people ask for one name at the same moment: exactly one gets it."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2
import pytest

pytestmark = pytest.mark.deep

RACERS = 8


@pytest.mark.parametrize("spelling", [str.upper, str.casefold])
def test_one_registration_wins(api_url: str, spelling: Callable[[str], str]) -> None:
    start = Barrier(RACERS)

    def register(racer: int) -> tuple[int, str]:
        name = f"racer-{spelling.__name__}"
        body = {
            "username": spelling(name) if racer % 2 else name,
            "password": "correct horse battery",
        }
        with httpx2.Client(base_url=api_url, timeout=30) as client:
            start.wait()
            answer = client.post("/register", json=body)
        return answer.status_code, answer.json().get("detail", "")

    with ThreadPoolExecutor(RACERS) as pool:
        answers = Counter(pool.map(register, range(RACERS)))
    assert answers == {(201, ""): 1, (400, "Username already registered"): RACERS - 1}
