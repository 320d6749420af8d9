"""People who register, log in on several devices and leave, and a model of what becomes of it."""

from collections import Counter
from datetime import UTC, datetime
from itertools import count
from typing import Any, ClassVar

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from errand.identity.access_tokens import LIFETIME_SECONDS
from errand.identity.authentication import CACHE_MS
from errand.identity.sessions.model import GRACE_MS
from errand_testkit import clients
from errand_testkit.clients import ADDRESSES, NAMES, PASSWORD, Device, Person
from errand_testkit.fakes import ManualClock

# More wrong passwords in a row, and the next has to wait.
_GUESSES = 4


class PeopleMachine(RuleBasedStateMachine):
    client: ClassVar[httpx2.Client]
    clock: ClassVar[ManualClock]
    runs: ClassVar = count()

    def __init__(self) -> None:
        super().__init__()
        # The tables outlive a run, so names must be new.
        self.run = next(self.runs)
        self.people: dict[str, Person] = {}
        self.nobodys = ["0" * 26, "no-id"]
        # By name, or by device.
        self.guesses: Counter[object] = Counter()

    @rule(data=st.data(), name=clients.names)
    def change_accounts(self, data: st.DataObject, name: str) -> None:
        """One rule, because passwords take their time and tasks are what people come for."""
        does = data.draw(st.sampled_from(["register", "log in", "rename", "move", "leave"]), "does")
        address = data.draw(clients.addresses, "address")
        password = data.draw(clients.passwords, "password")
        if does == "register":
            self.register(name, address)
        elif does == "log in":
            self.log_in(name, password)
        elif does == "rename":
            self.rename(self.somebody(data), name)
        elif does == "move":
            self.move(self.somebody(data), address, password)
        elif len(self.people) > 1:
            self.leave(self.somebody(data), password)

    @rule(data=st.data())
    def change_sessions(self, data: st.DataObject) -> None:
        person = self.people[self.somebody(data)]
        device = data.draw(st.sampled_from(person.devices), "device")
        does = data.draw(st.sampled_from(["renew", "reuse", "log out", "log out others"]), "does")
        if does == "renew":
            self.renew(person, device)
        elif does == "reuse" and device.used:
            self.reuse(person, device, data.draw(st.sampled_from(device.used), "token"))
        elif does == "log out":
            self.ask(200, "POST", "/token/revoke", data={"token": device.refresh_token})
            self.gone(person, device, "logged_out")
        elif does == "log out others":
            self.ask(204, "DELETE", "/users/me/sessions", headers=person.headers)
            person.acts.append("sessions_ended")
            self.changed(person, {})
            for other in person.devices[:-1]:
                self.gone(person, other)
        self.check_sessions(person)

    def register(self, name: str, address: str | None) -> None:
        account = {"username": f"{name}-{self.run}", "email": self.address(address)}
        owner = ADDRESSES[address]
        taken = {"Username": NAMES[name] in self.people, "Email": self.is_taken(owner)}
        request = {"json": account | {"password": PASSWORD}}
        if any(taken.values()):
            what = next(what for what, is_taken in taken.items() if is_taken)
            answer = self.ask(400, "POST", "/register", **request)
            assert answer.json()["detail"] == f"{what} already registered"
            return
        answer = self.ask(201, "POST", "/register", **request)
        made = {"id": answer.json()["id"], "full_name": None, "disabled": False, "admin": False}
        made |= {
            "timezone": "UTC",
            "reminder_mails": True,
            "digest_time": None,
            "digest_paused_until": None,
            "reminder_push": True,
            "email_verified": False,
            "mfa_enabled": False,
        }
        made |= {"undeliverable_since": None, "undeliverable_reason": None}
        made |= {"created_at": self.now, "updated_at": self.now, "version": 1}
        assert answer.json() == account | made
        self.people[NAMES[name]] = Person(account | made, owner)
        self.log_in(name, PASSWORD)

    def log_in(self, name: str, password: str) -> None:
        form = {"username": f"{name}-{self.run}", "password": password}
        person = self.people.get(NAMES[name])
        if person is None or password != PASSWORD:
            if self.may_guess(NAMES[name]):
                answer = self.ask(401, "POST", "/token", data=form)
                assert answer.json()["detail"] == "Incorrect username or password"
                assert answer.headers["WWW-Authenticate"] == "Bearer"
                if person:
                    person.acts.append("log_in_failed")
            return
        self.guesses.pop(NAMES[name], None)
        token = self.ask(200, "POST", "/token", data=form).json()
        person.devices.append(Device(token["access_token"], token["refresh_token"], self.clock()))
        person.acts.append("logged_in")

    def rename(self, former: str, name: str) -> None:
        person = self.people[former]
        content = {"username": f"{name}-{self.run}"}
        password = {"current_password": PASSWORD}
        asked = content["username"] != person.account["username"]
        if asked:
            self.guesses.pop(person.devices[-1], None)
        if NAMES[name] != former and NAMES[name] in self.people:
            request = {"json": content | password, "headers": person.headers}
            self.ask(400, "PATCH", "/users/me", **request)
            return
        self.change_account(person, content, password)
        person.acts += ["username_changed"] * asked
        self.people[NAMES[name]] = self.people.pop(former)

    def move(self, name: str, address: str | None, password: str) -> None:
        person, owner = self.people[name], ADDRESSES[address]
        content = {"email": self.address(address)}
        asked = content["email"] != person.account["email"]
        if asked and not self.is_accepted(person, password, "PATCH", content):
            return
        if self.is_taken(owner) and owner != person.address:
            content |= {"current_password": PASSWORD}
            self.ask(400, "PATCH", "/users/me", json=content, headers=person.headers)
            return
        self.change_account(person, content, {"current_password": PASSWORD})
        person.address = owner
        person.acts += ["email_changed"] * asked

    def leave(self, name: str, password: str) -> None:
        person = self.people[name]
        if not self.is_accepted(person, password, "DELETE", {}):
            return
        content = {"password": password}
        self.ask(204, "DELETE", "/users/me", json=content, headers=person.headers)
        self.ask(401, "GET", "/tasks", headers=person.headers)
        del self.people[name]
        self.nobodys += person.tasks

    def renew(self, person: Person, device: Device) -> None:
        form = {"grant_type": "refresh_token", "refresh_token": device.refresh_token}
        token = self.ask(200, "POST", "/token", data=form).json()
        device.used.append(device.refresh_token)
        device.access_token, device.since = token["access_token"], self.clock()
        device.refresh_token = token["refresh_token"]
        # As if the answer had been lost.
        again = self.ask(200, "POST", "/token", data=form).json()
        assert again["refresh_token"] == device.refresh_token
        person.acts.append("refresh_repeated")

    def reuse(self, person: Person, device: Device, used: str) -> None:
        self.clock.advance(GRACE_MS / 1000)
        form = {"grant_type": "refresh_token", "refresh_token": used}
        assert self.ask(400, "POST", "/token", data=form).json()["error"] == "invalid_grant"
        # What other instances may remember.
        self.clock.advance(CACHE_MS / 1000)
        self.gone(person, device, "refresh_token_reused")

    def gone(self, person: Person, device: Device, *acts: str) -> None:
        person.acts += acts
        person.devices.remove(device)
        self.ask(401, "GET", "/users/me", headers=device.headers)
        form = {"grant_type": "refresh_token", "refresh_token": device.refresh_token}
        self.ask(400, "POST", "/token", data=form)
        if not person.devices:
            self.log_in(person.account["username"].rpartition("-")[0], PASSWORD)

    def teardown(self) -> None:
        for person in self.people.values():
            self.keep_alive(person)
            answer = self.ask(200, "GET", "/users/me", headers=person.headers)
            assert answer.json() == person.account
            self.check_sessions(person)
            path = "/users/me/security-log?limit=100"
            log = self.ask(200, "GET", path, headers=person.headers).json()
            assert [event["act"] for event in log] == person.acts[::-1][:100]

    @property
    def now(self) -> str:
        return f"{datetime.fromtimestamp(self.clock() / 1000, UTC):%Y-%m-%dT%H:%M:%S.000Z}"

    def ask(self, status: int, method: str, path: str, **request: Any) -> httpx2.Response:
        self.clock.advance(seconds=1)
        answer = self.client.request(method, path, **request)
        assert answer.status_code == status, answer.text
        assert answer.headers["X-Request-Id"]
        if status >= 400:
            kind = "application/json" if path == "/token" else "application/problem+json"
            assert answer.headers["Content-Type"] == kind
        return answer

    def somebody(self, data: st.DataObject) -> str:
        name = data.draw(st.sampled_from(list(self.people)), "somebody")
        self.keep_alive(self.people[name])
        return name

    def keep_alive(self, person: Person) -> None:
        """A rule takes less than half of an access token's life."""
        for device in person.devices:
            if self.clock() > device.since + LIFETIME_SECONDS * 500:
                self.renew(person, device)

    def address(self, address: str | None) -> str | None:
        return address and f"{self.run}-{address}"

    def is_taken(self, owner: str | None) -> bool:
        return owner is not None and owner in {person.address for person in self.people.values()}

    def may_guess(self, what: object) -> bool:
        self.guesses[what] += 1
        return self.guesses[what] <= _GUESSES

    def is_accepted(
        self, person: Person, password: str, method: str, content: dict[str, Any]
    ) -> bool:
        """Whether it is the right password; a wrong one has been tried."""
        if password == PASSWORD:
            self.guesses.pop(person.devices[-1], None)
            return True
        if self.may_guess(person.devices[-1]):
            name = "password" if method == "DELETE" else "current_password"
            content = content | {name: password}
            answer = self.ask(400, method, "/users/me", json=content, headers=person.headers)
            assert answer.json()["code"] == "incorrect_password"
            person.acts.append("password_check_failed")
        return False

    def change_account(self, person: Person, content: dict[str, Any], more: dict[str, str]) -> None:
        request = {"json": content | more, "headers": person.headers}
        answer = self.ask(200, "PATCH", "/users/me", **request)
        self.changed(person, content)
        assert answer.json() == person.account
        assert answer.headers["ETag"] == f'"{person.account["version"]}"'

    def changed(self, person: Person, content: dict[str, Any]) -> None:
        version = person.account["version"] + 1
        person.account |= content | {"updated_at": self.now, "version": version}

    def check_sessions(self, person: Person) -> None:
        sessions = self.ask(200, "GET", "/users/me/sessions", headers=person.headers).json()
        assert len(sessions) == len(person.devices)
        assert sum(session["current"] for session in sessions) == 1
