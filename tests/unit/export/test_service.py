"""Everything that is kept about somebody, without what would be of use to an attacker."""

from typing import Any

import pytest

from errand.errors import InvalidCursor
from errand.export.schemas import Export
from errand.export.service import ExportService
from errand.ids import new_id
from errand.keys import Key, KeyRing
from errand.recovery.model import Purpose, sort_key
from errand_testkit.collection import InMemoryCollection
from errand_testkit.fakes import ManualClock
from errand_testkit.people import ADA, BOB, NOW

SECRET = "do-not-tell"
TASK, SESSION, TOKEN, EVENT = (new_id() for _ in range(4))
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
    f"TASK#{TASK}": {
        "t": {"S": "Buy milk"},
        "ca": {"N": str(NOW)},
        "ua": {"N": str(NOW)},
        "v": {"N": "1"},
        "vs": {"S": f"o{TASK}"},
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
    sort_key(Purpose.EMAIL_VERIFICATION, SECRET): {
        "em": {"S": "ada@example.com"},
        "ca": {"N": str(NOW)},
        "expires_at": {"N": SOON},
    },
    "TOTP": {"se": {"S": SECRET}, "expires_at": {"N": SOON}},
}


@pytest.fixture
def collection() -> InMemoryCollection:
    collection = InMemoryCollection()
    collection.items += [
        {"pk": {"S": f"USER#{ADA.id}"}, "sk": {"S": key}} | item for key, item in ITEMS.items()
    ]
    return collection


@pytest.fixture
def service(collection: InMemoryCollection, ring: KeyRing) -> ExportService:
    return ExportService(collection=collection, ring=ring, clock=ManualClock())


@pytest.fixture
def document(service: ExportService) -> Export:
    document, following = service.page(user_id=ADA.id, cursor=None)
    assert following is None
    return document


def test_everything_is_in_it(document: Export) -> None:
    content = document.model_dump(mode="json")
    assert content["exported_at"] == "2026-11-22T08:30:00Z"
    assert content["account"]["email"] == "ada@example.com"
    assert content["second_factor"] == {"recovery_codes_left": 2}
    assert [task["title"] for task in content["tasks"]] == ["Buy milk"]
    assert [session["device"] for session in content["sessions"]] == ["Phone"]
    assert [token["name"] for token in content["personal_access_tokens"]] == ["Backup"]
    assert [event["id"] for event in content["security_log"]] == [EVENT]
    in_an_hour = "2026-11-22T09:30:00Z"
    assert content["kept_answers"] == [
        {"path": "/tasks", "answer": '{"title": "Buy milk"}', "expires_at": in_an_hour}
    ]
    assert content["pending"] == [
        {"purpose": "email_verification", "expires_at": in_an_hour},
        {"purpose": "totp", "expires_at": in_an_hour},
    ]
    assert all(content.values())


def test_no_hash_seed_or_secret_is_in_it(document: Export) -> None:
    text = document.model_dump_json()
    assert SECRET not in text
    assert ITEMS[f"SESSION#{SESSION}"]["sd"]["S"] not in text


def test_second_factor_without_codes_left_is_one(
    service: ExportService, collection: InMemoryCollection
) -> None:
    bare = {"se": {"S": SECRET}, "ls": {"N": "1"}}
    collection.items = [{"pk": {"S": f"USER#{ADA.id}"}, "sk": {"S": "MFA"}} | bare]
    document, _ = service.page(user_id=ADA.id, cursor=None)
    assert document.second_factor
    assert document.second_factor.recovery_codes_left == 0


def test_nothing_of_anybody_else_is_in_it(service: ExportService) -> None:
    document, following = service.page(user_id=BOB.id, cursor=None)
    assert following is None
    content = document.model_dump(exclude={"exported_at"})
    assert not any(content.values())


def _walked(service: ExportService) -> list[Export]:
    pages = []
    cursor = None
    while True:
        document, cursor = service.page(user_id=ADA.id, cursor=cursor)
        pages.append(document)
        assert len(pages) < 100
        if cursor is None:
            return pages


@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_pages_are_together_what_one_page_would_be(
    collection: InMemoryCollection, ring: KeyRing, document: Export, size: int
) -> None:
    small = InMemoryCollection(page_max=size)
    small.items = collection.items
    pages = _walked(ExportService(collection=small, ring=ring, clock=ManualClock()))
    assert len(pages) == -(-len(ITEMS) // size)
    assert [page.account is not None for page in pages] == [True] + [False] * (len(pages) - 1)
    for name in ("tasks", "sessions", "personal_access_tokens", "security_log", "pending"):
        parts = [item for page in pages for item in getattr(page, name)]
        assert parts == getattr(document, name)


def _first_cursor(service: ExportService) -> str:
    cursor = service.page(user_id=ADA.id, cursor=None)[1]
    assert cursor
    return cursor


@pytest.fixture
def paged(collection: InMemoryCollection, ring: KeyRing) -> ExportService:
    small = InMemoryCollection(page_max=1)
    small.items = collection.items
    return ExportService(collection=small, ring=ring, clock=ManualClock())


def test_cursor_is_of_use_to_nobody_else(paged: ExportService) -> None:
    with pytest.raises(InvalidCursor):
        paged.page(user_id=BOB.id, cursor=_first_cursor(paged))


def test_cursor_goes_with_its_key(paged: ExportService, collection: InMemoryCollection) -> None:
    ring = KeyRing((Key("other", b"a key of somebody else, long enough"),))
    elsewhere = ExportService(collection=collection, ring=ring, clock=ManualClock())
    with pytest.raises(InvalidCursor):
        elsewhere.page(user_id=ADA.id, cursor=_first_cursor(paged))


@pytest.mark.parametrize(
    "change",
    [
        lambda place, seal: f"{place}x.{seal}",
        lambda place, seal: f"x{place[1:]}.{seal}",
        lambda _, seal: f".{seal}",
        lambda place, _: f"{place}.",
        lambda place, _: place,
        lambda _, seal: seal,
        lambda place, seal: f"{place}.{seal}.{seal}",
        lambda place, seal: f"{place}.{seal[:-1]}",
        lambda place, seal: f"{place}.\u00e9{seal}",
        lambda *_: "cursor",
        lambda *_: ".",
    ],
)
def test_cursor_is_taken_whole_or_not_at_all(paged: ExportService, change: Any) -> None:
    place, _, seal = _first_cursor(paged).partition(".")
    with pytest.raises(InvalidCursor):
        paged.page(user_id=ADA.id, cursor=change(place, seal))
