"""The local AWS of the benchmarks is met as AWS is: by its name, over TLS, verified."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest
from tests.benchmarks import data
from tests.benchmarks.artifacts import Artifact
from tests.benchmarks.aws import LocalAws
from tests.benchmarks.certificates import Certificates

HOST = f"dynamodb.{data.REGION}.amazonaws.com"
READ = {"X-Amz-Target": "DynamoDB_20120810.GetItem"}
SOMEBODY, ANOTHER = "06h04o2vndpa700bqsem000018", "06h04o2vndpa700bqsem000028"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates.made_for(data.HOSTS, tmp_path_factory.mktemp("tls"))


@pytest.fixture
def aws(certificates: Certificates) -> Iterator[LocalAws]:
    with LocalAws(data.answers(), certificates.server) as aws:
        yield aws


@pytest.fixture
def connection(aws: LocalAws, certificates: Certificates) -> Iterator[HTTPConnection]:
    context = ssl.create_default_context(cadata=certificates.root.decode())
    plain = socket.create_connection(("127.0.0.1", aws.port))
    with (
        context.wrap_socket(plain, server_hostname=HOST) as secured,
        closing(HTTPConnection(HOST)) as connection,
    ):
        connection.sock = secured
        # Otherwise it would connect again, to the real one.
        connection.auto_open = 0
        yield connection


def read(connection: HTTPConnection, body: str, **headers: str) -> tuple[int, bytes]:
    connection.request("POST", "/", body, READ | headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_answers_are_about_who_is_asked_for_and_the_connection_is_kept(
    aws: LocalAws, connection: HTTPConnection
) -> None:
    for user in (SOMEBODY, ANOTHER):
        status, body = read(connection, f"USER#{user}")
        assert status == 200
        assert f"USER#{user}".encode() in body
    aws.check()


def test_question_without_an_answer_spoils_the_figures(
    aws: LocalAws, connection: HTTPConnection
) -> None:
    connection.request("POST", "/", "{}", {"X-Amz-Target": "DynamoDB_20120810.Scan"})
    assert connection.getresponse().status == 400
    with pytest.raises(RuntimeError, match="no answer to DynamoDB"):
        aws.check()


def test_second_attempt_spoils_the_figures(aws: LocalAws, connection: HTTPConnection) -> None:
    read(connection, "{}", **{"amz-sdk-request": "ttl=20261122T083000Z; attempt=2; max=3"})
    with pytest.raises(RuntimeError, match="tried again"):
        aws.check()


def test_new_tokens_are_all_different() -> None:
    tokens = data.new_tokens()
    assert len({next(tokens) for _ in range(100)}) == 100


def test_trust_is_one_root_more_in_the_bundle_however_often_it_is_made(
    certificates: Certificates, tmp_path: Path
) -> None:
    code = tmp_path / "task"
    code.mkdir()
    bundle = code / "cacert.pem"
    bundle.write_bytes(certificates.root)
    for _ in range(2):
        certificates.trust(Artifact("api", "main.handler", (code,)))
    assert bundle.read_text().count("BEGIN CERTIFICATE") == 2
