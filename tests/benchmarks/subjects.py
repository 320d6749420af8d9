"""Whom is measured: our functions and the peers, under the names that the tables use."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import artifacts
from tests.benchmarks.artifacts import Artifact
from tests.benchmarks.figures import Case

_KEYS = {"tutorial": "a", "powertools": "c", "plain": "d"}
_COMPILED = ("ours", "a*", "c*", "d*", "d**")
_REQUESTS = ("page", "create")


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What answers a case. A star: a peer with byte code, as ours has it; two: on our layer."""

    api: dict[Case, Artifact]
    event_functions: dict[Case, Artifact]
    nothing: Artifact

    @classmethod
    def prepare(cls, build: Path) -> "Subjects":
        built, peers = artifacts.ours(build), artifacts.peers()
        api = {"ours": built["ApiFunction"]}
        for name, peer in peers.items():
            api |= {_KEYS[name]: peer, f"{_KEYS[name]}*": artifacts.with_byte_code(peer)}
        api["d**"] = artifacts.floor(peers["plain"], built["ApiFunction"])
        return cls(
            api={(key, event): one for key, one in api.items() for event in _REQUESTS},
            event_functions={
                ("ours", "changes"): built["PublishChangesFunction"],
                ("ours", "purge"): built["PurgeAccountsFunction"],
                ("ours", "mail"): built["SendMailsFunction"],
            },
            nothing=artifacts.alone("nothing"),
        )

    @property
    def compiled(self) -> dict[Case, Artifact]:
        return {case: one for case, one in self.api.items() if case[0] in _COMPILED}

    @property
    def artifacts(self) -> Iterator[Artifact]:
        """Some of them more than once."""
        yield from (self.api | self.event_functions).values()
