"""The import roots of pyproject.toml as a .pth file of this Python, for an image."""

import sysconfig
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]


def roots() -> list[Path]:
    """As an editable install has them, but for what an image has not."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = settings["tool"]["hatch"]["build"]["dev-mode-dirs"]
    return [path for name in named if (path := ROOT / name).is_dir()]


if __name__ == "__main__":
    target = Path(sysconfig.get_path("purelib")) / "_errand.pth"
    target.write_text("".join(f"{path}\n" for path in roots()))
