"""Who may listen, and for how long."""

import json
from dataclasses import replace

import pytest

from errand.identity.accounts.model import all_ended
from errand.identity.personal_tokens.model import PersonalToken
from errand.identity.sessions.model import LIFETIME_SECONDS, Session
from errand.realtime.model import SOCKET_SECONDS, Holder, Socket, hint, is_good, last_second
from errand_testkit.people import new_account
from errand_testkit.stored import new_session

NOW = 1_795_336_200_000
ADA = new_account("ada", now=NOW)
SESSION: Session = new_session(ADA, now=NOW)[0]
TOKEN = PersonalToken(
    id="t", user_id=ADA.id, name="A script", scopes=frozenset(), digest="", created_at=NOW
)


@pytest.mark.parametrize("grant", [SESSION, TOKEN], ids=["session", "token"])
def test_whoever_is_let_in_may_listen(grant: Session | PersonalToken) -> None:
    assert is_good(ADA, grant, now=NOW)


@pytest.mark.parametrize("grant", [SESSION, TOKEN], ids=["session", "token"])
def test_what_ends_the_holder_ends_listening(grant: Session | PersonalToken) -> None:
    assert not is_good(None, grant, now=NOW)
    assert not is_good(replace(ADA, disabled=True), grant, now=NOW)
    assert not is_good(ADA, None, now=NOW)
    assert not is_good(ADA.changed(all_ended(NOW), now=NOW), grant, now=NOW)


def test_what_expires_ends() -> None:
    assert not is_good(ADA, SESSION, now=SESSION.expires_at * 1000)
    assert is_good(ADA, replace(TOKEN, expires_at=NOW + 1), now=NOW)
    assert not is_good(ADA, replace(TOKEN, expires_at=NOW), now=NOW)


def test_a_kept_session_goes_on_when_the_others_end() -> None:
    others = {"sessions_from": NOW, "kept_session": SESSION.id}
    assert is_good(ADA.changed(others, now=NOW), SESSION, now=NOW)


def test_a_socket_ends_with_the_gateways_two_hours_or_with_its_holder() -> None:
    longest = NOW // 1000 + SOCKET_SECONDS
    assert last_second(SESSION, now=NOW) == last_second(TOKEN, now=NOW) == longest
    assert last_second(replace(TOKEN, expires_at=NOW + 90_000), now=NOW) == NOW // 1000 + 90
    later = NOW + (LIFETIME_SECONDS - 60) * 1000
    renewed = replace(SESSION, last_used_at=later)
    assert last_second(renewed, now=later) == later // 1000 + 60


def test_a_socket_knows_when_it_is_over() -> None:
    socket = Socket(id="s", user_id="u", opened_at=NOW, expires_at=NOW // 1000 + 60)
    assert not socket.is_over(now=NOW + 59_999)
    assert socket.is_over(now=NOW + 60_000)
    assert socket.ending(NOW // 1000).is_over(now=NOW)
    assert socket.holder == Holder()


def test_a_hint_is_what_clients_are_promised() -> None:
    assert json.loads(hint(42)) == {"type": "changed", "cursor": 42}
