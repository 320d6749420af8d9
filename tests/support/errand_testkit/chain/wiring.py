"""What template.yaml leads where, by logical ids: they stand for URLs and ARNs, too."""

import json
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from tools.sam_template import resources

from errand_testkit.dynamo import STREAMED
from errand_testkit.patterns import lets_through
from errand_testkit.stack import TEMPLATE, event_sources, target

BUS = "EventBus"
_FOREVER = -1


@dataclass(frozen=True, kw_only=True)
class Shape:
    """Of a queue: seconds for which a message is hidden; `receives`: before it is a dead letter."""

    name: str
    visibility: int
    delay: int
    receives: int | None
    letters: str | None


@dataclass(frozen=True, kw_only=True)
class Source:
    """What calls a function: a queue or a table's stream (`of`), in batches of `size` at most.

    `retries`, of a stream: -1 for as long as records are no older than `oldest` seconds.
    """

    function: str
    of: str
    size: int
    timeout: int
    patterns: tuple[Mapping[str, Any], ...] = ()
    retries: int = _FOREVER
    oldest: int = _FOREVER

    def takes(self, record: Mapping[str, Any]) -> bool:
        return not self.patterns or any(lets_through(one, record) for one in self.patterns)


@dataclass(frozen=True, kw_only=True)
class Rule:
    name: str
    pattern: Mapping[str, Any]
    queues: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Wiring:
    queues: Mapping[str, Shape]
    rules: tuple[Rule, ...]
    sources: tuple[Source, ...]

    def chain(self, known: Container[str]) -> list[Source]:
        """The sources that feed functions of these names.

        Raises LookupError if a stream, or a rule of the bus, feeds another one.
        """
        fed = {queue for rule in self.rules for queue in rule.queues} | {*STREAMED}
        for source in self.sources:
            if source.of in fed and source.function not in known:
                raise LookupError(f"{source.of} feeds {source.function}, {UNKNOWN}")
        return [source for source in self.sources if source.function in known]


UNKNOWN = "which the chain does not know: add it to errand_testkit/chain/functions.py"


@cache
def wiring() -> Wiring:
    return Wiring(
        queues={one.name: one for one in _queues()},
        rules=tuple(_rules()),
        sources=tuple(_sources()),
    )


def _queues() -> Iterator[Shape]:
    for name, one in resources(TEMPLATE, "AWS::SQS::Queue").items():
        told = one["Properties"]
        redrive = told.get("RedrivePolicy")
        delay = told.get("DelaySeconds", 0)
        yield Shape(
            name=name,
            visibility=told.get("VisibilityTimeout", 30),
            delay=TEMPLATE["Parameters"][target(delay)]["Default"] if delay else 0,
            receives=redrive["maxReceiveCount"] if redrive else None,
            letters=target(redrive["deadLetterTargetArn"]) if redrive else None,
        )


def _rules() -> Iterator[Rule]:
    """Of our bus, whose targets get events as they are."""
    for name, one in resources(TEMPLATE, "AWS::Events::Rule").items():
        told = one["Properties"]
        if told.get("EventBusName") != {"Ref": BUS}:
            continue
        if any(key.startswith("Input") for each in told["Targets"] for key in each):
            raise NotImplementedError(f"{name} makes something else of events")
        queues = tuple(target(each["Arn"]) for each in told["Targets"])
        yield Rule(name=name, pattern=told["EventPattern"], queues=queues)


def _sources() -> Iterator[Source]:
    for kind, of in {"SQS": "Queue", "DynamoDB": "Stream"}.items():
        for function, told in event_sources(kind):
            filters = told.get("FilterCriteria", {}).get("Filters", [])
            yield Source(
                function=function.name,
                of=target(told[of]),
                size=told["BatchSize"],
                timeout=function.timeout,
                patterns=tuple(json.loads(one["Pattern"]) for one in filters),
                retries=told.get("MaximumRetryAttempts", _FOREVER),
                oldest=told.get("MaximumRecordAgeInSeconds", _FOREVER),
            )
