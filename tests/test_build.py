"""What `sam build` makes of the layers, without SAM: their makefiles and shrink.py."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import botocore
import pytest

ROOT = Path(__file__).parents[1]
SHRINK = ROOT / "layers/dependencies/shrink.py"


def python(code: str, *paths: Path, **environment: str) -> str:
    """What `code` prints in a fresh interpreter that finds modules in `paths` first."""
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", f"import sys; sys.path[:0] = {[*map(str, paths)]}; {code}"],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_core_layer_is_importable_and_comes_with_byte_code(tmp_path: Path) -> None:
    subprocess.run(
        ["make", "build-CoreLayer"],  # noqa: S607 - as SAM does
        cwd=ROOT / "layers/core",
        env=os.environ | {"ARTIFACTS_DIR": str(tmp_path)},
        check=True,
        capture_output=True,
    )
    code = "import errand.errors as module; print(module.__file__, module.__cached__)"
    source, cached = python(code, tmp_path / "python").split()
    assert Path(source).is_relative_to(tmp_path)
    # Unchecked: a zip has no times of its own, so no byte code would ever fit its source.
    assert Path(cached).read_bytes()[4:8] == b"\x01\x00\x00\x00"


@pytest.fixture(scope="module")
def shrunk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A botocore with as little data as it has on Lambda."""
    packages = tmp_path_factory.mktemp("packages")
    folder = Path(botocore.__file__).parent
    wanted = {"dynamodb", "events", "secretsmanager", "sqs", "s3"}

    def others(path: str, names: list[str]) -> list[str]:
        if Path(path) != folder / "data":
            return []
        return [name for name in names if "." not in name and name not in wanted]

    shutil.copytree(folder, packages / "botocore", ignore=others)
    code = "import shrink, pathlib; shrink.shrink_botocore(pathlib.Path(sys.argv[1]) / 'botocore')"
    subprocess.run(  # noqa: S603 - this very interpreter
        [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(SHRINK.parent)!r}); {code}",
            str(packages),
        ],
        check=True,
    )
    return packages


class _Answers(BaseHTTPRequestHandler):
    """Throttles twice, then fails a condition; remembers what it was asked."""

    asked: list[dict[str, str]]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append(dict(self.headers))
        kind = "Throttling" if len(self.asked) < 3 else "ConditionalCheckFailed"
        content = {"__type": f"com.amazonaws.dynamodb.v20120810#{kind}Exception", "Item": {}}
        body = json.dumps(content).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def database() -> Iterator[tuple[str, list[dict[str, str]]]]:
    asked: list[dict[str, str]] = []
    handler = type("Answers", (_Answers,), {"asked": asked})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


def test_shrunk_botocore_signs_retries_and_reports(
    shrunk: Path, database: tuple[str, list[dict[str, str]]]
) -> None:
    address, asked = database
    code = f"""
import botocore.session, botocore.exceptions
client = botocore.session.get_session().create_client('dynamodb', endpoint_url='{address}')
try:
    client.put_item(TableName='t', Item={{'pk': {{'S': 'a'}}}})
except client.exceptions.ConditionalCheckFailedException as error:
    print(botocore.__file__, error.response['ResponseMetadata']['RetryAttempts'])
"""
    found, attempts = python(f"exec({code!r})", shrunk).split()
    assert Path(found).is_relative_to(shrunk)
    assert attempts == "2"
    assert all("/dynamodb/aws4_request" in one["Authorization"] for one in asked)
    assert asked[0]["X-Amz-Target"] == "DynamoDB_20120810.PutItem"


@pytest.mark.parametrize(
    ("service", "operation", "parameters"),
    [
        ("dynamodb", "put_item", {"TableName": "t", "Item": {}}),
        ("events", "put_events", {"Entries": [{"Source": "s"}]}),
        ("secretsmanager", "get_secret_value", {"SecretId": "s"}),
        ("sqs", "send_message", {"QueueUrl": "https://sqs.test/1/q", "MessageBody": "m"}),
    ],
)
@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "eu-central-1", "us-gov-west-1"])
def test_shrunk_botocore_calls_a_service_where_the_whole_does(
    shrunk: Path, service: str, operation: str, parameters: dict[str, object], region: str
) -> None:
    def address(*paths: Path) -> str:
        code = f"""
import botocore.session
def told(request, **_):
    print(request.url)
    raise SystemExit
session = botocore.session.get_session()
session.set_credentials('id', 'secret')
client = session.create_client('{service}', '{region}')
client.meta.events.register('before-send', told)
client.{operation}(**{parameters!r})
"""
        return python(f"exec({code!r})", *paths)

    assert region in address(shrunk)
    assert address(shrunk) == address()


def test_shrunk_botocore_knows_nothing_else(shrunk: Path) -> None:
    code = "import botocore.session as s; print(*s.get_session().get_available_services())"
    assert python(code, shrunk).split() == ["dynamodb", "events", "secretsmanager", "sqs"]
