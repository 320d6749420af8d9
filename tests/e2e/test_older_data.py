"""What a `make run` of an older commit has left opens, and `make migrate` brings it up to date.

older/<commit>.db.gz is the data file that its `make run` left after: a project; tasks with a due
date and priority, a long text, one done, one in the trash, one that comes again and was completed.
"""

import gzip
import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx
import pytest
from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.settings import LOOPBACK, ROOT
from tools.local.sockets import listen, url_of
from tools.local.store import FILE

pytestmark = pytest.mark.deep

OLDER = Path(__file__).parent / "older"
PASSWORD = "correct horse battery staple"
PATIENCE = 30.0  # seconds


def _unpack(commit: str, folder: Path) -> None:
    """With what expires put off: it was made once, and is opened for years."""
    packed = (OLDER / f"{commit}.db.gz").read_bytes()
    (folder / FILE).write_bytes(gzip.decompress(packed))
    later = str(int(time.time()) + 86_400)
    with closing(sqlite3.connect(folder / FILE)) as database, database:
        database.execute(
            "update items set item = json_set(item, '$.expires_at.N', ?) "
            "where item -> '$.expires_at' is not null",
            [later],
        )


@pytest.fixture(params=[path.name.partition(".")[0] for path in sorted(OLDER.iterdir())])
def older(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx.Client]:
    """Its owner, logged in, on the data of an older commit in `tmp_path`."""
    _unpack(request.param, tmp_path)
    with ExitStack() as cleanup:
        aws = Embedded(
            data_dir=tmp_path, bound=cleanup.enter_context(listen(LOOPBACK, 0, variable="AWS_PORT"))
        )
        cleanup.callback(aws.stop)
        bound = cleanup.enter_context(listen(LOOPBACK, 0, variable="PORT"))
        api = Api(environment=aws.environment(), bound=bound)
        cleanup.callback(api.stop)
        api.wait()
        client = cleanup.enter_context(
            httpx.Client(base_url=url_of(bound), timeout=PATIENCE, trust_env=False)
        )
        answer = client.post("/token", data={"username": "older", "password": PASSWORD})
        token = answer.raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


@pytest.fixture
def migrate(tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
    inherited = {name: value for name, value in os.environ.items() if "MAKE" not in name}

    def migrate(*arguments: str) -> CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - nothing but the tests' own arguments
            ["make", "migrate", f"DATA_DIR={tmp_path}", *arguments],  # noqa: S607 - found on PATH
            cwd=ROOT,
            env=inherited,
            capture_output=True,
            text=True,
            check=False,
        )

    return migrate


def _get(client: httpx.Client, path: str) -> Any:
    return client.get(path).raise_for_status().json()


def _synced(client: httpx.Client) -> list[dict[str, Any]]:
    page = _get(client, "/sync")
    found = page["changes"]
    while page["more"]:
        page = _get(client, f"/sync?cursor={page['cursor']}")
        found += page["changes"]
    return list(found)


def _titles(client: httpx.Client, path: str) -> list[str]:
    return sorted(task["title"] for task in _get(client, path))


def test_everything_is_there(older: httpx.Client) -> None:
    assert _titles(older, "/tasks?completed=false") == [
        "Every day",
        "Water all plants",
        "Write a long letter",
    ]
    assert _titles(older, "/tasks?completed=true") == ["Done already"]
    assert _titles(older, "/trash") == ["Into the trash"]
    assert [project["name"] for project in _get(older, "/projects")] == ["Garden"]
    [important] = _get(older, "/tasks?filter=priority+%3D+1")
    assert (important["title"], important["due_date"]) == ("Water all plants", "2026-12-24")
    [letter] = _get(older, "/tasks?filter=text+~+%22letter%22")
    assert letter["description"] == ("Dear reader. " * 100).strip()
    assert len(_synced(older)) >= 7


def test_history_tells_who_it_was(older: httpx.Client) -> None:
    user_id = _get(older, "/users/me")["id"]
    activity = _get(older, "/activity?limit=50")
    assert len(activity) == 12
    created = [one["by"] for one in activity if (one["kind"], one["action"]) == ("task", "created")]
    assert [by["user_id"] for by in created] == [user_id] * 5


def test_log_goes_on_where_it_was(older: httpx.Client) -> None:
    [task] = _get(older, "/tasks?filter=priority+%3D+1")
    older.patch(f"/tasks/{task['id']}", json={"title": "Water them"}).raise_for_status()
    deadline = time.monotonic() + PATIENCE
    while (last := _get(older, "/activity?limit=1")[0])["number"] <= 13:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert (last["number"], last["new"]) == (14, {"title": "Water them"})


def test_migration_changes_nothing_that_is_seen(
    older: httpx.Client, migrate: Callable[..., CompletedProcess[str]]
) -> None:
    before = _get(older, "/activity?limit=50"), _synced(older)
    assert "not begun" in migrate().stdout
    assert "13 looked at, 13 to be rewritten, done" in migrate("KIND=change", "DRY_RUN=1").stdout
    run = migrate("KIND=change", "RATE=1000")
    assert run.stdout.endswith("13 looked at, 13 rewritten, done\n"), run.stderr
    assert "13 rewritten, done" in migrate().stdout
    assert (_get(older, "/activity?limit=50"), _synced(older)) == before
    again = migrate("KIND=change", "RATE=1000")
    assert again.stdout.endswith("13 looked at, 0 rewritten, done\n")
