"""What `make run` does about changed files. That it really runs: tests/e2e/test_make_run.py."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from tools.local import services as module
from tools.local.failures import CannotRun
from tools.local.services import Services
from tools.local.settings import Settings


class Running:
    """The embedded AWS or the API, without a process."""

    def __init__(self, name: str, log: list[str], mistake: Callable[[], bool]) -> None:
        self._name, self._log = name, log
        self._mistake = mistake
        if name == "aws":
            self.wait()

    def begin(self, environment: Mapping[str, str]) -> None:
        assert environment == self.environment()

    def wait(self) -> None:
        if self._mistake():
            raise CannotRun(f"{self._name}: a mistake")
        self._log.append(f"{self._name} started")

    def stop(self) -> None:
        self._log.append(f"{self._name} stopped")

    def check(self) -> None:
        pass

    def failed(self) -> bool:
        return False

    def environment(self) -> dict[str, str]:
        return {}

    def renew_functions(self) -> None:
        self._log.append("functions renewed")


class Tree:
    """A working tree with a template and a module; whatever has `mistake` in it cannot run."""

    def __init__(self, root: Path) -> None:
        self._files = {"template": root / "template.yaml", "code": root / "functions" / "a.py"}
        self._files["code"].parent.mkdir()
        self._time = 0
        for name in self._files:
            self.write(name, "")

    def write(self, name: str, text: str) -> None:
        self._time += 1
        self._files[name].write_text(text)
        os.utime(self._files[name], (self._time, self._time))

    def mistake(self, name: str) -> Callable[[], bool]:
        return lambda: self._files[name].read_text() == "mistake"


@pytest.fixture
def log() -> list[str]:
    return []


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def services(
    tree: Tree, log: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    def aws(**_: Any) -> Running:
        return Running("aws", log, tree.mistake("template"))

    def api(**_: Any) -> Running:
        return Running("api", log, tree.mistake("code"))

    settings = Settings(
        host="127.0.0.1", port=0, data_dir=tmp_path, aws_host="127.0.0.1", aws_port=0
    )
    with socket.socket() as bound:
        monkeypatch.setattr(module, "listen", lambda *_, **__: bound)
        monkeypatch.setattr(module, "listen_for_aws", lambda *_: bound)
        monkeypatch.setattr(module, "ROOT", tmp_path)
        monkeypatch.setattr(module, "Embedded", aws)
        monkeypatch.setattr(module, "Api", api)
        services = Services(settings)
        services.start()
        log.clear()
        yield services
        services.stop()


def test_nothing_happens_without_a_change(services: Services, log: list[str]) -> None:
    services.follow()
    assert log == []


def test_a_changed_template_is_deployed(services: Services, tree: Tree, log: list[str]) -> None:
    tree.write("template", "changed")
    services.follow()
    assert log == ["api stopped", "aws stopped", "aws started", "api started"]


def test_a_mistake_in_the_template_is_waited_out(
    services: Services, tree: Tree, log: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    tree.write("template", "mistake")
    services.follow()
    services.follow()
    # The last is of one that was to begin when the embedded AWS is ready.
    assert log == ["api stopped", "aws stopped", "api stopped"]
    assert "errand: aws: a mistake\nerrand: waiting for a change" in capsys.readouterr().err
    tree.write("template", "mended")
    services.follow()
    assert log[3:] == ["aws started", "api started"]


def test_a_mistake_in_template_and_code_is_waited_out(
    services: Services, tree: Tree, log: list[str]
) -> None:
    tree.write("code", "mistake")
    tree.write("template", "changed")
    services.follow()
    log.clear()
    tree.write("code", "mended")
    services.follow()
    services.follow()
    assert log == ["aws started", "api started"]
