"""Several requests that are carried out together, in one transaction, or not at all."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from http import HTTPStatus

from errand.errors import Contended, Overtaken, StorageUnavailable
from errand.storage.staging import Staging
from errand.storage.unit import ATTEMPTS, pause_before
from errand.sync.commits import Commits
from errand_api.batches import Batch, Command, Outcome, refused
from errand_api.dependencies import receipt_for, services_of


async def run_as_one(
    batch: Batch, commands: Sequence[Command], *, commits: Commits
) -> list[Outcome]:
    """Of each command; if one is refused, none is carried out. `batch`: that would do one by one.

    Raises BatchTooLarge, IdempotencyKeyReused, StorageUnavailable, Contended.
    """
    services, caller = services_of(batch.request), batch.caller
    content = json.dumps([asdict(command) for command in commands]).encode()
    # By the first of them: a batch that begins with a command of another one is not that one.
    receipt = receipt_for(services, "/sync/all", commands[0].name, content)
    before = await services.run(batch.replays.answer, caller=caller, receipt=receipt)
    if before is not None:
        return _told(before)
    for attempt in range(ATTEMPTS):
        if attempt:
            await services.run(pause_before, attempt=attempt)
        staging = Staging()
        one = replace(batch, is_one=True, made={})
        outcomes = await _gathered(one, staging, commands, commits)
        if outcomes[-1].code == Contended.code:
            # What was read first is not what is there any more.
            continue
        if failed := next((one for one in outcomes if not one.is_done), None):
            return _none_of(commands, len(outcomes) - 1, failed)
        answer = json.dumps([outcome.kept for outcome in outcomes])
        try:
            got = await services.run(
                commits.commit, caller=caller, staging=staging, receipt=receipt, answer=answer
            )
        except Overtaken:
            continue
        return outcomes if got == answer else _told(got)
    raise Contended


async def _gathered(
    batch: Batch, staging: Staging, commands: Sequence[Command], commits: Commits
) -> list[Outcome]:
    """Up to the first that is refused. Nothing is written."""
    outcomes: list[Outcome] = []
    with staging.opened():
        for command in commands:
            outcome = await batch.carried_out(command)
            if outcome.status == HTTPStatus.SERVICE_UNAVAILABLE:
                raise StorageUnavailable
            outcomes.append(outcome)
            if not outcome.is_done:
                break
            commits.check(staging, command=command.name)
    return outcomes


def _none_of(commands: Sequence[Command], place: int, failed: Outcome) -> list[Outcome]:
    """`place`: of the command that was refused."""
    why = f"Nothing was carried out: command {commands[place].name} was refused"
    others = [refused(command, HTTPStatus.FAILED_DEPENDENCY, why) for command in commands]
    return [*others[:place], failed, *others[place + 1 :]]


def _told(answer: str) -> list[Outcome]:
    return [Outcome(**one) for one in json.loads(answer)]
