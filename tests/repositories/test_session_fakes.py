"""Sessions, personal access tokens and the log in memory do what those on DynamoDB do."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from errand.accounts.model import Account
from errand.accounts.repository import AccountRepository, DynamoAccounts
from errand.accounts.scopes import Scope
from errand.audit.model import Act, AuditRecord, record_of
from errand.audit.repository import AuditLog, DynamoAuditLog
from errand.errors import ErrandError
from errand.ids import new_id
from errand.personal_tokens.model import PersonalToken
from errand.personal_tokens.repository import DynamoTokens, TokenRepository
from errand.sessions.model import Session
from errand.sessions.repository import DynamoSessions, SessionRepository
from errand_testkit.fakes import InMemoryAccounts
from errand_testkit.people import ADA, LATER, NOW
from errand_testkit.personal_tokens import InMemoryTokens
from errand_testkit.sessions import ORIGIN, InMemorySessions, new_session

pytestmark = pytest.mark.usefixtures("tables")

compared = settings(
    derandomize=True,
    deadline=None,
    max_examples=20,
    # Every example has a user of its own, so the tables may stay.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
users = count()
which = st.integers(0, 2)


def _user() -> Account:
    return replace(ADA, id=new_id(), username=f"user {next(users)}", email=None)


def _record(user_id: str) -> AuditRecord:
    return record_of(Act.LOGGED_IN, user_id=user_id, actor=user_id, origin=ORIGIN, now=NOW)


def _compare(repositories: Sequence[Any], name: str, *arguments: Any, **named: Any) -> Any:
    """What it comes to in memory and on DynamoDB, which is the same."""
    memory, dynamo = (_outcome(getattr(each, name), *arguments, **named) for each in repositories)
    assert memory == dynamo, (name, arguments, named)
    return memory


def _outcome(operation: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        return operation(*arguments, **named)
    except ErrandError as error:
        return type(error), error.detail


@compared
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["open", "read", "rotate", "end", "newest"]),
            which,
            st.sampled_from("ab"),
        ),
        max_size=12,
    ),
    st.booleans(),
)
def test_sessions(operations: list[tuple[str, int, str]], known: bool) -> None:  # noqa: FBT001 - by hypothesis
    in_memory = InMemoryAccounts()
    on_dynamo: AccountRepository = DynamoAccounts()
    repositories: list[SessionRepository] = [InMemorySessions(in_memory), DynamoSessions()]
    logs: list[AuditLog] = [in_memory.audit, DynamoAuditLog()]
    account = _user()
    if known:
        for accounts in (in_memory, on_dynamo):
            accounts.add(account, receipt=None, answer="")
    seen: list[Session] = [new_session(account, now=NOW)[0]]
    for name, number, digest in operations:
        session = seen[-1 - number % len(seen)]
        record = _record(account.id)
        match name:
            case "open":
                seen.append(new_session(account, now=NOW)[0])
                _compare(repositories, name, seen[-1], record=record)
            case "read":
                _compare(repositories, name, user_id=account.id, session_id=session.id)
            case "rotate":
                found = _compare(repositories, name, session, digest=digest, now=LATER)
                seen += [found] if found else []
            case "end":
                _compare(repositories, name, session, record=record)
            case "newest":
                _compare(repositories, name, user_id=account.id, limit=number + 1)
        _compare(logs, "page", user_id=account.id, after=None, limit=20)


@compared
@given(
    st.lists(
        st.tuples(st.sampled_from(["add", "read", "used", "all", "remove"]), which), max_size=12
    )
)
def test_personal_tokens(operations: list[tuple[str, int]]) -> None:
    accounts = InMemoryAccounts()
    repositories: list[TokenRepository] = [InMemoryTokens(accounts), DynamoTokens()]
    logs: list[AuditLog] = [accounts.audit, DynamoAuditLog()]
    user_id = new_id()
    seen: list[PersonalToken] = []
    for name, number in operations:
        if name == "add" or not seen:
            seen.append(
                PersonalToken(
                    id=new_id(),
                    user_id=user_id,
                    name="Backup",
                    scopes=frozenset({Scope.TASKS_READ}),
                    digest="digest",
                    created_at=NOW,
                    expires_at=LATER if number else None,
                )
            )
        token = seen[-1 - number % len(seen)]
        record = _record(user_id)
        match name:
            case "add":
                _compare(repositories, name, seen[-1], record=record)
            case "read":
                _compare(repositories, name, user_id=user_id, token_id=token.id)
            case "used":
                _compare(repositories, name, token, day="2026-11-22")
            case "all":
                _compare(repositories, name, user_id=user_id, limit=number + 1)
            case "remove":
                _compare(repositories, name, user_id=user_id, token_id=token.id, record=record)
        _compare(logs, "page", user_id=user_id, after=None, limit=20)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_of_the_log(limit: int) -> None:
    accounts = InMemoryAccounts()
    logs: list[AuditLog] = [accounts.audit, DynamoAuditLog()]
    records = [_record(ADA.id) for _ in range(4)]
    for log in logs:
        for record in records:
            log.append(record)
    for after in (None, *(record.id for record in records), new_id()):
        _compare(logs, "page", user_id=ADA.id, after=after, limit=limit)


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_of_accounts(limit: int) -> None:
    repositories: list[AccountRepository] = [InMemoryAccounts(), DynamoAccounts()]
    people = [_user() for _ in range(4)]
    for accounts in repositories:
        for account in people:
            accounts.add(account, receipt=None, answer="")
        accounts.remove(people[1])
    for after in (None, *(account.id for account in people), new_id()):
        _compare(repositories, "page", after=after, limit=limit)
