"""One TLS context for all clients: as strict as botocore's own, read once, and from where."""

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import botocore.session
import pytest
from botocore import httpsession
from botocore.exceptions import SSLError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from errand import aws
from errand.aws import trust
from errand.aws.dynamodb import prepare_session


@pytest.fixture(autouse=True)
def _own_context(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """None of another test's, and none that this one leaves behind."""
    for name in [name for name in os.environ if name.startswith(("AWS_CA_", "AWS_ENDPOINT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(httpsession, "create_urllib3_context", trust._make_context)
    trust._context.cache_clear()
    yield
    trust._context.cache_clear()


type Put = Callable[[str], None]


class Files:
    """A certificate that signed itself for `host`, as a bundle and as a server's."""

    def __init__(self, folder: Path, host: str) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = certificate.public_bytes(Encoding.PEM)
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        self.bundle = folder / f"{host}.pem"
        self.bundle.write_bytes(pem)
        self.server = folder / f"{host}-server.pem"
        self.server.write_bytes(secret + pem)


class _Answer(BaseHTTPRequestHandler):
    """One for each connection, which ends with it."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        pass


class _Server(HTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that hangs up is what some tests are about."""


@contextmanager
def serving(files: Files) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.server)
    with _Server(("127.0.0.1", 0), _Answer) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"https://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path, "localhost")


@pytest.fixture(params=["our connections", "botocore's"])
def put(request: pytest.FixtureRequest) -> Put:
    return partial(_put, own=request.param == "our connections")


def _put(address: str, *, own: bool) -> None:
    """With a client of its own, over a connection of its own."""
    session = botocore.session.Session()
    (prepare_session if own else trust.use_one_context)(session)
    client: Any = session.create_client("dynamodb", endpoint_url=address)
    client.put_item(TableName="t", Item={"pk": {"S": "a"}})


def test_a_bundle_is_read_once_for_all_clients_and_connections(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", str(files.bundle))
    read: list[object] = []

    class Context(ssl.SSLContext):
        def load_verify_locations(self, *files: Any) -> None:
            read.append(files[0])
            super().load_verify_locations(*files)

    monkeypatch.setattr(httpsession, "SSLContext", Context)
    with serving(files) as address:
        for own in (True, False, True):
            _put(address, own=own)
    assert read == [str(files.bundle)]


def test_whoever_the_bundle_does_not_name_is_refused(
    put: Put, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    (tmp_path / "other").mkdir()
    impostor = Files(tmp_path / "other", "localhost")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(files.bundle))
    with serving(files) as address:
        put(address)
    with serving(impostor) as address, pytest.raises(SSLError, match="verify failed"):
        put(address)


def test_a_certificate_of_another_host_is_refused(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _: None)
    other = Files(tmp_path, "example.com")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(other.bundle))
    with serving(other) as address, pytest.raises(SSLError, match="Hostname mismatch"):
        put(address)


def test_all_clients_share_the_context() -> None:
    def context(client: Any) -> object:
        return client._endpoint.http_session._manager.connection_pool_kw["ssl_context"]

    one, two = (context(aws.client(name, read_timeout=1)) for name in ("sqs", "events"))
    assert one is two


@pytest.fixture
def roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As in the layer."""
    file = tmp_path / "amazon_roots.pem"
    file.touch()
    monkeypatch.setattr(trust, "_ROOTS", file)
    return file


def bundle(region: str | None) -> str | None:
    session = botocore.session.Session()
    session.set_config_variable("region", region)
    prepare_session(session)
    found: str | None = session.get_config_variable("ca_bundle")
    return found


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1", "ap-southeast-7", "eu-new-9"])
def test_amazons_roots_are_trusted_where_certificates_lead_to_them(
    roots: Path, region: str
) -> None:
    assert bundle(region) == str(roots)


@pytest.mark.usefixtures("roots")
@pytest.mark.parametrize(
    "region", ["cn-north-1", "us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eusc-de-east-1"]
)
def test_other_partitions_are_left_to_the_whole_bundle(region: str) -> None:
    assert bundle(region) is None


@pytest.mark.usefixtures("roots")
def test_a_bundle_that_somebody_chose_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_CA_BUNDLE", "chosen.pem")
    assert bundle("eu-central-1") == "chosen.pem"


@pytest.mark.usefixtures("roots")
@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SQS"])
def test_an_own_endpoint_may_have_a_certificate_of_anybody(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "https://localhost:4566")
    assert bundle("eu-central-1") is None


def test_without_the_layer_nothing_is_chosen() -> None:
    assert bundle("eu-central-1") is None
