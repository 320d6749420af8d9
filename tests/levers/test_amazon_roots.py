"""The build takes AWS's roots from certifi, or fails."""

import ssl
import time
from pathlib import Path

import certifi
import pytest

from slimming import amazon_roots
from slimming.amazon_roots import FILE, ROOTS, write_roots

YEAR = 365 * 86400


def test_the_layer_holds_the_five_roots_unexpired(layer: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(layer / FILE)
    found = context.get_ca_certs()
    assert len(found) == len(ROOTS) == 5
    assert {name for name in ROOTS for one in found if f"'{name}'" in str(one["subject"])} == ROOTS
    assert all(ssl.cert_time_to_seconds(str(one["notAfter"])) > time.time() + YEAR for one in found)


def test_link_previews_keep_the_whole_bundle(layer: Path) -> None:
    assert (layer / "certifi/cacert.pem").read_bytes() == Path(certifi.where()).read_bytes()


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    for name in ("certifi", "botocore"):
        (tmp_path / name).mkdir()
    (tmp_path / "certifi/cacert.pem").write_text(Path(certifi.where()).read_text())
    return tmp_path


def test_a_root_that_is_gone_fails_the_build(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(amazon_roots, "ROOTS", ROOTS | {"Amazon Root CA 5"})
    with pytest.raises(ValueError, match="CA 5"):
        write_roots(packages)


def test_a_root_that_expires_fails_the_build(
    packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = ssl.cert_time_to_seconds("Jan 17 00:00:00 2038 GMT")
    monkeypatch.setattr("slimming.amazon_roots.time.time", lambda: end - YEAR + 1)
    with pytest.raises(ValueError, match="Amazon Root CA 1"):
        write_roots(packages)
