"""The generators: how each makes a client, how that is compiled, and what walks through it."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
WALKS = HERE / "walks"
_SECONDS = 180
_ORVAL = """module.exports = {errand: {
  input: "openapi.json",
  output: {target: "client/client.ts", client: "fetch", baseUrl: process.env.ERRAND_URL},
}};
"""


class StepFailed(Exception):
    """With what the program said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Generator:
    """Commands, each run in a folder with openapi.json and the walk, where the client comes to be.

    `client`: the folder of it; `package`: what its version is that of.
    """

    package: str
    client: str
    walk: str
    generate: Sequence[str]
    compile: Sequence[str]
    run: Sequence[str]


def _typescript(package: str, walk: str, *generate: str) -> Generator:
    return Generator(
        package=package,
        client="client",
        walk=f"{walk}.ts",
        generate=generate,
        compile=("tsc", "--project", "tsconfig.json"),
        run=("node", f"compiled/{walk}.js"),
    )


GENERATORS = (
    _typescript(
        "openapi-typescript",
        "openapi-typescript",
        *("openapi-typescript", "openapi.json", "--output", "client/schema.d.ts"),
    ),
    _typescript(
        "@hey-api/openapi-ts",
        "hey-api",
        *("openapi-ts", "--input", "openapi.json", "--output", "client"),
    ),
    _typescript("orval", "orval", "orval", "--config", "orval.config.cjs"),
    Generator(
        package="openapi-python-client",
        client="errand_client",
        walk="python_walk.py",
        generate=(
            *("openapi-python-client", "generate", "--path", "openapi.json"),
            *("--meta", "none", "--output-path", "errand_client", "--fail-on-warning"),
        ),
        compile=("mypy", "--strict", "errand_client", "python_walk.py"),
        run=("python", "python_walk.py"),
    ),
)


class Workshop:
    """A folder for one client, beside the programs that were installed into `installed`."""

    def __init__(self, generator: Generator, *, installed: Path, document: bytes, url: str) -> None:
        self._generator = generator
        self.folder = installed / "walks" / generator.package.strip("@")
        paths = [installed / "node_modules/.bin", installed / "python/bin", os.environ["PATH"]]
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
            "PATH": os.pathsep.join(map(str, paths)),
            "ERRAND_URL": url,
        }
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        (self.folder / "openapi.json").write_bytes(document)
        (self.folder / "orval.config.cjs").write_text(_ORVAL)
        # Walks of others would not compile here.
        settings = json.loads((HERE / "tsconfig.json").read_text())
        (self.folder / "tsconfig.json").write_text(
            json.dumps(settings | {"files": [generator.walk]})
        )
        shutil.copy(WALKS / generator.walk, self.folder)

    def generate(self) -> None:
        self._run(self._generator.generate)

    def compile(self) -> None:
        self._run(self._generator.compile)

    def walk(self) -> None:
        self._run(self._generator.run)

    def lines(self) -> int:
        made = self.folder / self._generator.client
        files = [*made.rglob("*.ts"), *made.rglob("*.py")]
        return sum(len(file.read_text().splitlines()) for file in files)

    def _run(self, command: Sequence[str]) -> None:
        """Raises StepFailed."""
        try:
            done = subprocess.run(  # noqa: S603 - as they are named above
                command,
                cwd=self.folder,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                text=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise StepFailed(f"not done after {_SECONDS} s") from None
        if done.returncode:
            raise StepFailed(done.stdout[-4000:])


def version(package: str) -> str:
    """As pinned."""
    for line in (HERE / "requirements.txt").read_text().splitlines():
        name, _, pinned = line.partition("==")
        if name == package:
            return pinned
    pins: dict[str, str] = json.loads((HERE / "package.json").read_text())["dependencies"]
    return pins[package]
