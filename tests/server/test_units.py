"""The units are what systemd takes, and leave little to whoever gets into them."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from errand_testkit.stack import ROOT

UNITS = ("errand-api.service", "errand-store.service")


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """With a program that is there."""
    for name in UNITS:
        text = (ROOT / "self-hosting" / name).read_text()
        program = shutil.which("true")
        (tmp_path / name).write_text(re.sub(r"(?m)^ExecStart=\S+", f"ExecStart={program}", text))
    return tmp_path


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, check=False
    )


def test_units_are_valid(units: Path) -> None:
    done = analyze("verify", *(str(units / name) for name in UNITS))
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", UNITS)
def test_exposure_is_below_2(units: Path, name: str) -> None:
    done = analyze("security", "--offline=true", "--threshold=20", str(units / name))
    assert done.returncode == 0, done.stdout
    [level] = re.findall(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
    assert float(level) < 2
