"""Everything that is kept about somebody, without what would be of use to an attacker."""

import json
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from errand.cursors import Position
from errand.errors import InvalidCursor
from errand.export.schemas import Export
from errand.export.service import ExportService
from errand.identity.caller import Caller
from errand.identity.recovery.model import Purpose
from errand.ids import new_id
from errand.keys import Key, KeyRing
from errand.pages import Pager, Slice
from errand.records import Item, kept
from errand.storage.kinds import IMPORT, IMPORT_LINES, MAILED_TOKEN
from errand.uploads.model import Upload
from errand_testkit.fakes import ManualClock
from errand_testkit.items import headed
from errand_testkit.people import ADA, BOB, NOW

type Document = dict[str, Any]
SECRET = "do-not-tell"
SIGNS = b64encode(SECRET.encode()).decode()
LISTS = [
    "tasks",
    "projects",
    "sections",
    "trash",
    "calendar_feeds",
    "completions",
    "comments",
    "filters",
    "sessions",
    "personal_access_tokens",
    "calendar_feeds",
    "webhooks",
    "webhook_deliveries",
    "push_subscriptions",
    "security_log",
    "pending",
]
TASK, SESSION, TOKEN, EVENT, DONE = (new_id() for _ in range(5))
SOON = str(NOW // 1000 + 3600)
# Every attribute that an item can have, with SECRET in those that nobody should get.
ITEMS: dict[str, dict[str, Any]] = {
    "ACCOUNT": {
        "un": {"S": "Ada"},
        "em": {"S": "ada@example.com"},
        "fn": {"S": "Ada Lovelace"},
        "ph": {"S": SECRET},
        "ev": {"BOOL": True},
        "mf": {"BOOL": True},
        "sf": {"N": str(NOW)},
        "ks": {"S": SESSION},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "3"},
        "ak": {"S": "ACCOUNT"},
    },
    "MFA": {"se": {"S": SECRET}, "rc": {"SS": [SECRET, f"{SECRET}2"]}, "ls": {"N": "1"}},
    f"TASK#{TASK}": headed(
        {
            "t": {"S": "Buy milk"},
            "ca": {"N": str(NOW)},
            "ua": {"N": str(NOW)},
            "v": {"N": "1"},
            "vs": {"S": f"o{TASK}"},
        }
    ),
    f"PROJECT#{DONE}": {
        "nm": {"S": "Home"},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "1"},
    },
    f"SECTION#{DONE}#{DONE}": {
        "nm": {"S": "Later"},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "1"},
    },
    "LABELS": {
        "ls": {"S": f'[["{DONE}","bank",null,{NOW},{NOW},1]]'},
        "ua": {"N": str(NOW)},
        "v": {"N": "1"},
    },
    f"TRASH#{DONE}": headed(
        {
            "t": {"S": "Buy milk"},
            "ca": {"N": str(NOW)},
            "ua": {"N": str(NOW)},
            "v": {"N": "1"},
            "xd": {"N": str(NOW)},
        }
    ),
    f"DONE#{TASK}#{DONE}": headed(
        {
            "t": {"S": "Buy milk"},
            "ca": {"N": str(NOW)},
            "ua": {"N": str(NOW)},
            "cd": {"N": str(NOW)},
            "v": {"N": "1"},
            "ci": {"S": DONE},
        }
    ),
    f"FILTER#{DONE}": {
        "nm": {"S": "Late"},
        "q": {"S": "overdue"},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "1"},
    },
    f"COMMENT#{TASK}#{DONE}": {
        "t": {"S": "None left"},
        "au": {"S": ADA.id},
        "ca": {"N": str(NOW)},
        "v": {"N": "1"},
        "vt": {"S": f"y{TASK}"},
    },
    "CHANGE#000000000000007": {
        "at": {"N": str(NOW)},
        "a": {"S": "updated"},
        "k": {"S": f"TASK#{TASK}"},
        "v": {"N": "2"},
        "by": {"S": f"s{SESSION}/{ADA.id}"},
        "o": {"S": '{"t":{"S":"Buy milk"}}'},
        "w": {"S": '{"t":{"S":"Buy bread"},"du":{"S":"2026-12-24"}}'},
        "st": {"S": "2026-11-22T08:00:00.000"},
        "sq": {"S": "100000000000000000000001"},
        "rk": {"S": f"{ADA.id}#{TASK}"},
        "expires_at": {"N": SOON},
    },
    f"SESSION#{SESSION}": {
        "sc": {"S": "account:read tasks:read"},
        "dn": {"S": "Phone"},
        "ip": {"S": "203.0.113.7"},
        "sd": {"S": "ZG8tbm90LXRlbGw="},
        "h": {"S": SECRET},
        "ca": {"N": str(NOW)},
        "lu": {"N": str(NOW)},
        "expires_at": {"N": SOON},
    },
    f"PAT#{TOKEN}": {
        "nm": {"S": "Backup"},
        "sc": {"S": "tasks:read"},
        "h": {"S": SECRET},
        "ca": {"N": str(NOW)},
        "lu": {"S": "2026-11-22"},
    },
    f"FEED#{TOKEN}": {
        "nm": {"S": "Mine"},
        "h": {"S": SECRET},
        "ca": {"N": str(NOW)},
        "lu": {"S": "2026-11-22"},
    },
    f"PUSH#{TOKEN}": {
        "se": {"S": SESSION},
        "u": {"S": f"https://push.example.com/{SECRET}"},
        "pu": {"S": SIGNS},
        "au": {"S": SIGNS},
        "ca": {"N": str(NOW)},
        "ra": {"N": str(NOW)},
        "expires_at": {"N": SOON},
    },
    f"WEBHOOK#{TOKEN}": {
        "u": {"S": "https://hooks.example.com/"},
        "se": {"S": SIGNS},
        "so": {"S": SIGNS},
        "sx": {"N": str(NOW)},
        "cf": {"N": str(NOW)},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "1"},
    },
    f"DELIVERY#{TOKEN}#{EVENT}": {
        "ei": {"S": "event"},
        "et": {"S": "task.created"},
        "st": {"S": "delivered"},
        "b": {"S": b64encode(zlib.compress(b"Buy milk")).decode()},
        "bg": {"N": str(NOW)},
        "ca": {"N": str(NOW)},
        "expires_at": {"N": SOON},
    },
    f"AUDIT#{EVENT}": {
        "a": {"S": "logged_in"},
        "by": {"S": ADA.id},
        "at": {"N": str(NOW)},
        "ip": {"S": "203.0.113.7"},
        "ag": {"S": "curl/8.5.0"},
        "rq": {"S": "request-1"},
        "ab": {"S": SESSION},
        "expires_at": {"N": SOON},
    },
    "IDEMPOTENCY#/tasks#0123": {
        "fp": {"S": SECRET},
        "b": {"S": '{"title": "Buy milk"}'},
        "expires_at": {"N": SOON},
    },
    MAILED_TOKEN.key(ADA.id, Purpose.EMAIL_VERIFICATION, SECRET).sk: {
        "em": {"S": "ada@example.com"},
        "ca": {"N": str(NOW)},
        "expires_at": {"N": SOON},
    },
    "TOTP": {"se": {"S": SECRET}, "expires_at": {"N": SOON}},
    "ADDRESS#0#" + 64 * "a": {"expires_at": {"N": SOON}},
    "SOCKET#L0SM9cOFvHcCIhw=": {
        "se": {"S": SESSION},
        "ca": {"N": str(NOW)},
        "expires_at": {"N": SOON},
    },
    IMPORT.key(ADA.id, TASK).sk: kept(
        Upload.new(
            TASK,
            {"format": "plain_csv"},
            user_id=ADA.id,
            by=None,
            timezone="UTC",
            now=NOW,
        )
    ),
    IMPORT_LINES.key(ADA.id, TASK, "0").sk: {
        "ls": {"S": '[[2, "left_out", "It has no title"]]'},
        "expires_at": {"N": SOON},
    },
    f"REMINDED#{TASK}#{NOW}#mail": {"cu": {"N": "0"}, "expires_at": {"N": SOON}},
}


OF_ADA: list[Item] = [
    {"pk": {"S": f"USER#{ADA.id}"}, "sk": {"S": key}} | item for key, item in ITEMS.items()
]


class Collection:
    """CollectionRepository of Ada's, of which a slice has at most `size` items."""

    def __init__(self, items: list[Item], *, size: int = 100) -> None:
        self._items = items
        self._size = size

    def slice(self, *, user_id: str, after: Position | None, limit: int) -> Slice[Item]:
        items = [item for item in self._items if item["pk"]["S"] == f"USER#{user_id}"]
        begin = int(after["place"]) if after else 0
        end = begin + min(self._size, limit)
        return Slice(items[begin:end], {"place": str(end)} if end < len(items) else None)


@pytest.fixture
def serving(pager: Pager, clock: ManualClock) -> Any:
    def call(items: list[Item] = OF_ADA, *, size: int = 100) -> ExportService:
        return ExportService(collection=Collection(items, size=size), pager=pager, clock=clock)

    return call


@pytest.fixture
def service(serving: Any) -> ExportService:
    made: ExportService = serving()
    return made


def _page(service: ExportService, user_id: str = ADA.id, *, cursor: str | None = None) -> Any:
    """A document, and the cursor of the next."""
    caller = Caller(user_id=user_id, scopes=frozenset())
    page = service.page(caller=caller, cursor=cursor)
    [document] = page.items
    return document, page.cursor


@pytest.fixture
def document(service: ExportService) -> Document:
    content, following = _page(service)
    assert following is None
    shown: Document = content
    return shown


def test_everything_is_in_it(document: Document) -> None:
    content = document
    assert content["exported_at"] == "2026-11-22T08:30:00.000Z"
    assert content["account"]["email"] == "ada@example.com"
    assert content["second_factor"] == {"recovery_codes_left": 2}
    assert [task["title"] for task in content["tasks"]] == ["Buy milk"]
    [change] = content["changes"]
    assert (change["number"], change["kind"], change["id"]) == (7, "task", TASK)
    assert change["old"] == {"title": "Buy milk", "due": None}
    assert change["new"]["title"] == "Buy bread"
    assert change["by"] == {"user_id": ADA.id, "means": "session", "means_id": SESSION}
    assert [session["device"] for session in content["sessions"]] == ["Phone"]
    assert [token["name"] for token in content["personal_access_tokens"]] == ["Backup"]
    assert [feed["name"] for feed in content["calendar_feeds"]] == ["Mine"]
    assert [webhook["id"] for webhook in content["webhooks"]] == [TOKEN]
    assert [one["push_service"] for one in content["push_subscriptions"]] == ["push.example.com"]
    assert [sent["request"] for sent in content["webhook_deliveries"]] == ["Buy milk"]
    assert [event["id"] for event in content["security_log"]] == [EVENT]
    in_an_hour = "2026-11-22T09:30:00.000Z"
    assert content["kept_answers"] == [
        {"path": "/tasks", "answer": '{"title": "Buy milk"}', "expires_at": in_an_hour}
    ]
    assert content["pending"] == [
        {"purpose": "email_verification", "expires_at": in_an_hour},
        {"purpose": "totp", "expires_at": in_an_hour},
    ]
    assert [socket["session_id"] for socket in content["sockets"]] == [SESSION]
    assert content["known_addresses"] == [{"expires_at": in_an_hour}]
    assert content["sent_reminders"] == [{"task_id": TASK, "expires_at": in_an_hour}]
    assert [told["id"] for told in content["imports"]] == [TASK]
    [page] = content["import_reports"]
    told = [{"at": 2, "outcome": "left_out", "message": "It has no title"}]
    assert (page["import_id"], page["lines"]) == (TASK, told)
    assert all(content.values())


def test_it_is_of_the_form_that_the_api_tells(document: Document) -> None:
    read = Export.model_validate(document)
    assert {*read.model_dump()} == {*document}
    for section, shown in document.items():
        told = read.model_dump()[section]
        for have, known in zip(_entries(shown), _entries(told), strict=True):
            assert {*have} == {*known}


def _entries(section: Any) -> Iterator[Mapping[str, Any]]:
    entries = section if isinstance(section, list) else [section]
    return (entry for entry in entries if isinstance(entry, Mapping))


def test_no_hash_seed_or_secret_is_in_it(document: Document) -> None:
    text = json.dumps(document)
    assert SECRET not in text
    assert SIGNS not in text
    assert ITEMS[f"SESSION#{SESSION}"]["sd"]["S"] not in text


def test_second_factor_without_codes_left_is_one(serving: Any) -> None:
    bare = {"se": {"S": SECRET}, "ls": {"N": "1"}}
    items = [{"pk": {"S": f"USER#{ADA.id}"}, "sk": {"S": "MFA"}} | bare]
    document, _ = _page(serving(items))
    assert document["second_factor"] == {"recovery_codes_left": 0}


def test_nothing_of_anybody_else_is_in_it(service: ExportService) -> None:
    document, following = _page(service, BOB.id)
    assert following is None
    del document["exported_at"]
    assert not any(document.values())


def _walked(service: ExportService) -> list[Document]:
    pages: list[Document] = []
    cursor = None
    while True:
        document, cursor = _page(service, cursor=cursor)
        pages.append(document)
        assert len(pages) < 100
        if cursor is None:
            return pages


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_pages_are_together_what_one_page_would_be(
    serving: Any, document: Document, size: int
) -> None:
    pages = _walked(serving(size=size))
    assert len(pages) == -(-len(ITEMS) // size)
    assert [page["account"] is not None for page in pages] == [True] + [False] * (len(pages) - 1)
    for name in LISTS:
        assert [item for page in pages for item in page[name]] == document[name]


@pytest.fixture
def paged(serving: Any) -> ExportService:
    made: ExportService = serving(size=1)
    return made


def _first_cursor(service: ExportService) -> str:
    cursor: str | None = _page(service)[1]
    assert cursor
    return cursor


def test_cursor_is_of_use_to_nobody_else(paged: ExportService) -> None:
    with pytest.raises(InvalidCursor):
        _page(paged, BOB.id, cursor=_first_cursor(paged))


def test_cursor_goes_with_its_key(paged: ExportService, clock: ManualClock) -> None:
    ring = KeyRing((Key("other", b"a key of somebody else, long enough"),))
    elsewhere = ExportService(collection=Collection(OF_ADA), pager=Pager(ring), clock=clock)
    with pytest.raises(InvalidCursor):
        _page(elsewhere, cursor=_first_cursor(paged))
