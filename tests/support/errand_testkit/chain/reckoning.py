"""What must be so when everything has come to rest, whatever has happened on the way."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from errand.digests.mails import DigestMail
from errand.digests.plan import Digest
from errand.events.changes import event_of
from errand.history.recording import change_of
from errand.identity.accounts.model import Account
from errand.mails.outbox import encode
from errand.records import load
from errand.reminding.plan import LATE_MS
from errand.storage.kinds import ACCOUNT, collection
from errand_testkit.chain.aws import BOUNCING
from errand_testkit.chain.people import WANTED, Person
from errand_testkit.chain.world import World
from errand_testkit.dynamo import TABLES
from errand_testkit.index import indexed, recounted
from errand_testkit.log import entries, recount
from errand_testkit.stored import present

# A promise that was not kept, and what shows it.
type Findings = Iterator[tuple[str, Any]]


def broken(world: World) -> dict[str, list[Any]]:
    """By promises."""
    found: dict[str, list[Any]] = defaultdict(list)
    for promise, example in _all(world):
        found[promise].append(example)
    return dict(found)


def _all(world: World) -> Findings:
    for letter in world.buried:
        yield "what one function writes the next one understands", letter
    for message in world.sqs.letters():
        yield "there are no dead letters", message
    yield from _reminders(world)
    yield from _digests(world)
    for person in world.people:
        yield from _events(world, person)
        yield from _webhooks(world, person)
        yield from _sockets(world, person)
        if person.is_gone:
            yield from _left(world, person)
        else:
            yield from _copies(world, person)
            yield from _feedback(world, person)
            yield from _imports(world, person)


def _reminders(world: World) -> Findings:
    for channel, reminder in world.heard.mistaken:
        yield "nobody is reminded of what is done or moved", (channel, reminder)
    bounced = {person.account.id for person in world.people if _is_undeliverable(world, person)}
    for reminder in world.history.due(late=LATE_MS):
        if reminder.event_id not in world.bus.published:
            yield "each reminder is an event", reminder
        is_owed = not world.history.was_without(reminder) and reminder.user_id not in bounced
        if is_owed and not world.heard.reminders["mail"][reminder]:
            yield "each reminder is a mail", reminder
        if not world.history.was_without(reminder) and not world.heard.reminders["push"][reminder]:
            yield "each reminder is shown in the browser", reminder
    # What a browser is shown again has the id that it had, and takes its place.
    for channel in ("event", "mail"):
        for reminder, times in world.heard.reminders[channel].items():
            # Of an end between sending and its record nobody can know.
            if times > 1 + world.mischief.excuses[channel, reminder]:
                yield "each reminder is sent once", (channel, reminder, times)


def _digests(world: World) -> Findings:
    for one, times in world.heard.digests.items():
        if times > 1 + world.mischief.excuses[one]:
            yield "each digest comes once a day", (one, times)


def _is_undeliverable(world: World, person: Person) -> bool:
    item = world.fake.items[TABLES[0]].get((collection(person.account.id), ACCOUNT.sort))
    return item is not None and load(Account, item).undeliverable_since is not None


def _feedback(world: World, person: Person) -> Findings:
    mailed = {reminder.user_id for reminder in world.heard.reminders["mail"]}
    has_bounced = person.name == BOUNCING and person.account.id in mailed
    if _is_undeliverable(world, person) != has_bounced:
        yield "who cannot be mailed is known", person.name


def _imports(world: World, person: Person) -> Findings:
    made = Counter(
        event["data"]["new"]["title"]
        for event in _about(world, person)
        if event["type"] == "task.created"
    )
    for title in person.imported:
        if made[title] != 1:
            yield "each line of a file is made a task, once", (title, made[title])
    files = {key for key in world.s3.keys if key.startswith(person.account.id)}
    if files:
        yield "files are removed", files


def _events(world: World, person: Person) -> Findings:
    told = {
        event["id"]: event
        for event in _about(world, person)
        # What has none is no change.
        if "sequence" in event
    }
    wanted = {event["id"]: event for event in _to_be_told(world, person, told)}
    for event_id in wanted.keys() - told.keys():
        yield "each change is an event", event_id
    for event_id, event in told.items():
        if event != wanted.get(event_id):
            yield "each event is a change, by its number in the account", event


def _about(world: World, person: Person) -> list[dict[str, Any]]:
    events = world.bus.published.values()
    return [event for event in events if event["subject"].split("/")[1] == person.account.id]


def _to_be_told(
    world: World, person: Person, told: Mapping[str, Any]
) -> Iterator[Mapping[str, Any]]:
    """The changes in the table's stream, numbered in its order.

    Of those before the end of an account that were not told by then nobody hears any more.
    """
    place = collection(person.account.id)
    mine = [one for one in world.fake.stream if one["dynamodb"]["Keys"]["pk"]["S"] == place]
    changes = [change for record in mine if (change := change_of(record)) is not None]
    if person.is_gone:
        [ending] = [one for one in changes if one.place == ACCOUNT.sort and one.after is None]
        ends = [event["sequence"] for event in told.values() if event["type"] == "user.deleted"]
        changes = [*changes[: min(ends, default=1) - 1], ending]
    for number, change in enumerate(changes, start=1):
        event = event_of(replace(change, number=number))
        if event is not None:
            yield event


def _webhooks(world: World, person: Person) -> Findings:
    events = [one for one in _about(world, person) if not one["type"].startswith("user.")]
    for label, kinds in WANTED.items():
        arrived = world.receivers.arrived[f"/{person.name}/{label}"]
        wanted = {
            event["id"]
            for event in events
            if (not kinds or event["type"] in kinds)
            and (label != "home" or person.home in _projects(event))
        }
        found = {arrival.event_id for arrival in arrived}
        messages = {arrival.message_id for arrival in arrived}
        if found - wanted:
            yield "a webhook hears of nothing else", (label, found - wanted)
        if wanted - found and not person.is_gone:
            yield "each event arrives at each webhook", (label, wanted - found)
        # Of one id there is one content.
        if not len({*arrived}) == len(found) == len(messages):
            yield "each delivery keeps its id", (person.name, label)


def _projects(event: dict[str, Any]) -> set[str]:
    views = (event["data"]["old"], event["data"]["new"])
    return {view["project_id"] for view in views if view and "project_id" in view}


def _sockets(world: World, person: Person) -> Findings:
    if person.is_gone:
        open_ones = {*person.sockets} - world.gateway.gone
        if open_ones:
            yield "sockets end with their account", open_ones
        return
    latest = person.sockets[-1]
    heard = [json.loads(text)["cursor"] for to, text in world.gateway.sent if to == latest]
    if max(heard, default=0) != entries(world.fake, person.account.id)[-1].number:
        yield "sockets hear of the latest change", (latest, heard)


def _copies(world: World, person: Person) -> Findings:
    user_id = person.account.id
    log = entries(world.fake, user_id)
    if [entry.number for entry in log] != [*range(1, len(log) + 1)]:
        yield "the log has no gaps", person.name
    if log[-1].counts != recount(world.fake, user_id):
        yield "the log counts what there is", person.name
    if indexed(world.fake, user_id) != recounted(world.fake, user_id):
        yield "the index is equal to a recount", person.name
    wanted = {reminder.message for reminder in world.history.ahead(user_id)}
    digest = Digest.of(present(person.account))
    if digest is not None:
        wanted.add(encode(DigestMail.of(digest)))
    found = {body for body in world.scheduler.bodies if user_id in body}
    if found != wanted:
        yield "there are schedules of what is to come, and no others", found ^ wanted


def _left(world: World, person: Person) -> Findings:
    """Of an account that is gone there is nothing but what expires by itself.

    A schedule of a moment is called, and finds nothing.
    """
    if any(
        DigestMail.kind in body and person.account.id in body for body in world.scheduler.bodies
    ):
        yield "nothing asks for digests of an account that is gone", person.name
    for table in TABLES:
        for item in world.fake.all(table):
            is_its_own = item["pk"]["S"] == collection(person.account.id)
            if is_its_own or (person.account.id in str(item) and "expires_at" not in item):
                yield "nothing is left of an account", (table, item["pk"]["S"], item["sk"]["S"])
