"""Whom is measured: our functions and the peers, under the names that the tables use."""

from dataclasses import dataclass
from pathlib import Path
from typing import cast

from tests.benchmarks import artifacts
from tests.benchmarks.artifacts import Artifact
from tests.benchmarks.figures import Case

from errand_api.app import create_app
from errand_api.services import Services

_KEYS = {"tutorial": "a", "powertools": "c", "plain": "d"}
_COMPILED = ("ours", "a*", "c*", "d*")
_REQUESTS = ("page", "create")


@dataclass(frozen=True, kw_only=True)
class Subjects:
    """What answers a case. A star: a peer with byte code, as ours has it."""

    api: dict[Case, Artifact]
    event_functions: dict[Case, Artifact]
    two_routes: dict[Case, Artifact]
    nothing: Artifact
    operations: int

    @classmethod
    def prepare(cls, build: Path) -> "Subjects":
        built = artifacts.ours(build)
        api = {"ours": built["ApiFunction"]}
        for name, peer in artifacts.peers().items():
            api |= {_KEYS[name]: peer, f"{_KEYS[name]}*": artifacts.with_byte_code(peer)}
        return cls(
            api={(key, event): one for key, one in api.items() for event in _REQUESTS},
            event_functions={
                ("ours", "changes"): built["PublishChangesFunction"],
                ("ours", "purge"): built["PurgeAccountsFunction"],
                ("ours", "mail"): built["SendMailsFunction"],
            },
            two_routes={("two", "page"): artifacts.wrapped(built["ApiFunction"], "two_routes")},
            nothing=artifacts.alone("nothing"),
            operations=_operations(),
        )

    @property
    def compiled(self) -> dict[Case, Artifact]:
        return {case: one for case, one in self.api.items() if case[0] in _COMPILED}


def _operations() -> int:
    """All that OpenAPI knows; the pages of the documentation are not counted."""
    paths = create_app(cast("Services", object())).openapi()["paths"]
    return sum(len(operations) for operations in paths.values())
