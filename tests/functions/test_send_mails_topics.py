"""Mails that one can do without tell how, and stop; adding a kind takes one entry."""

from dataclasses import replace
from hashlib import sha256

from errand import opaque
from errand_testkit.fakes import ManualClock
from errand_testkit.mails import ADA, EMAIL, FakeSes, Tables, message, sender_on
from errand_testkit.notes import NOTE, NOTICE, ROOT, Note, Notice

URL = "https://api.example.com/v1"
HOSTILE = "Milk\r\nBcc: everybody@example.com\u202e <b>"


def send(tables: Tables, request: Note | Notice, *, public_url: str = URL) -> FakeSes:
    ses = FakeSes()
    work = sender_on(
        tables.client,
        ses,
        public_url=public_url,
        clock=ManualClock(),
        kinds=[NOTE, NOTICE],
        roots=[ROOT],
    ).work
    assert work([message(request), message(request)]) == []
    return ses


def note(title: str = "Buy milk") -> Note:
    return Note(user_id=ADA, title=title, request_id="1")


def stored(tables: Tables) -> list[dict[str, dict[str, str]]]:
    items = tables.client.scan(TableName="EphemeralTable")["Items"]
    return [item for item in items if item["sk"]["S"].startswith("UNSUBSCRIBE#")]


def test_mail_tells_programs_and_people_how_to_stop_it(tables: Tables) -> None:
    tables.account(ev=True)
    [mail] = send(tables, note()).sent
    assert mail["Destination"] == {"ToAddresses": [EMAIL]}
    simple = mail["Content"]["Simple"]
    told = {header["Name"]: header["Value"] for header in simple["Headers"]}
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = told["List-Unsubscribe"].removeprefix("<").removesuffix(">")
    assert url.startswith(f"{URL}/mail/unsubscribe/")
    assert url in simple["Body"]["Text"]["Data"].splitlines()
    assert f'href="{url}"' in simple["Body"]["Html"]["Data"]
    [kept] = stored(tables)
    secret = opaque.parse(url.rpartition("/")[2]).secret
    assert kept["sk"]["S"] == f"UNSUBSCRIBE#{sha256(secret).hexdigest()}"
    assert kept["tp"] == {"S": "reminder_mails"}


def test_a_program_is_given_no_address_without_encryption(tables: Tables) -> None:
    tables.account(ev=True)
    [mail] = send(tables, note(), public_url="http://127.0.0.1:8000").sent
    assert "Headers" not in mail["Content"]["Simple"]
    text = mail["Content"]["Simple"]["Body"]["Text"]["Data"]
    assert "http://127.0.0.1:8000/mail/unsubscribe/" in text


def test_where_nobody_knows_the_address_of_the_api_there_is_no_link(tables: Tables) -> None:
    tables.account(ev=True)
    [mail] = send(tables, note(), public_url="").sent
    assert "Headers" not in mail["Content"]["Simple"]
    assert "unsubscribe" not in str(mail)
    assert stored(tables) == []


def test_what_one_cannot_do_without_has_no_such_link(tables: Tables) -> None:
    tables.account(ev=True)
    [mail] = send(tables, Notice(user_id=ADA, request_id="1")).sent
    assert "unsubscribe" not in str(mail)


def test_nobody_gets_what_they_stopped_or_cannot_get(tables: Tables) -> None:
    tables.account(ev=True, ns=1795336200000, nr="complaint")
    assert send(tables, note()).sent == []
    tables.account()
    assert send(tables, note()).sent == []
    tables.account(ev=True, rm=False)
    assert send(tables, note()).sent == []
    assert stored(tables) == []
    assert send(tables, Notice(user_id=ADA, request_id="1")).recipients == [EMAIL]


def test_a_hostile_title_is_harmless_in_headers(tables: Tables) -> None:
    tables.account(ev=True)
    [mail] = send(tables, note(HOSTILE)).sent
    subject = mail["Content"]["Simple"]["Subject"]["Data"]
    assert subject == "Due: Milk Bcc: everybody@example.com <b>"
    assert "&lt;b&gt;" in mail["Content"]["Simple"]["Body"]["Html"]["Data"]


def test_one_mail_for_a_request_however_often_it_is_asked_for(tables: Tables) -> None:
    tables.account(ev=True)
    ses = FakeSes()
    known = replace(NOTE, known_as=lambda request, _: request.request_id)
    work = sender_on(tables.client, ses, clock=ManualClock(), kinds=[known], roots=[ROOT]).work
    assert work([message(note(), "message-1"), message(note(), "message-2")]) == []
    assert work([message(note(), "message-3")]) == []
    assert len(ses.sent) == 1
