"""What is deployed is named with the hashes of its wheels, and with its licence."""

import re
from email.message import Message
from importlib import metadata
from typing import Any

import pytest
from tools import licences, lock
from tools.packages import LOCKS, Unknown, licence, locked, package

from errand_testkit.layers import PACKAGES, names

PINNED = {"DependenciesLayer": "api.txt", "EventDependenciesLayer": "events.txt"}


def wheel(name: str, digest: str, url: str = "https://index/wheel") -> dict[str, Any]:
    return {
        "metadata": {"name": name, "version": "1.0"},
        "download_info": {"url": url, "archive_info": {"hashes": {"sha256": digest}}},
    }


def test_package_has_the_hash_of_each_of_its_wheels() -> None:
    text = lock.lock(
        [[wheel("pure", "aa"), wheel("Fast", "bb")], [wheel("pure", "aa"), wheel("Fast", "cc")]]
    )
    assert text.split("\n", 1)[1] == (
        "Fast==1.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
        "pure==1.0 \\\n    --hash=sha256:aa\n"
    )


def test_wheel_of_this_machine_is_refused() -> None:
    with pytest.raises(lock.Refused, match="fast"):
        lock.lock([[wheel("fast", "aa", "file:///somewhere/fast.whl")]])


@pytest.mark.parametrize(("layer", "file"), PINNED.items())
def test_what_is_locked_is_what_the_layer_has(layer: str, file: str) -> None:
    pins = locked(LOCKS / file)
    installed = {package(metadata.distribution(name)) for name in names(PACKAGES[layer])}
    assert {one.key: one.version for one in installed} == {
        name: version for name, (version, _) in pins.items()
    }


@pytest.mark.parametrize("file", PINNED.values())
def test_compiled_package_has_a_wheel_for_either_processor(file: str) -> None:
    for name, (_, hashes) in locked(LOCKS / file).items():
        tags = metadata.distribution(name).read_text("WHEEL") or ""
        assert len(hashes) == (1 if re.search(r"-none-any$", tags, re.MULTILINE) else 2), name


def test_page_of_licences_is_of_today() -> None:
    assert licences.PAGE.read_text() == licences.page()


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"Name": "a", "License-Expression": "MIT AND ISC", "License": "MIT"}, "MIT AND ISC"),
        ({"Name": "a", "License": "Apache-2.0"}, "Apache-2.0"),
        (
            {
                "Name": "a",
                "License": "All of\nit",
                "Classifier": "License :: OSI Approved :: MIT License",
            },
            "MIT",
        ),
        ({"Name": "Libpass", "License": "BSD"}, "BSD-3-Clause"),
    ],
)
def test_licence_is_that_which_a_package_names(told: dict[str, str], found: str) -> None:
    assert licence(headers(told)) == found


def test_package_without_a_licence_is_none_to_deploy() -> None:
    with pytest.raises(Unknown, match="nameless"):
        licence(headers({"Name": "nameless"}))


def headers(told: dict[str, str]) -> Any:
    message = Message()
    for name, value in told.items():
        message[name] = value
    return message
