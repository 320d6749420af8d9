"""What `sam build` makes of the layers, without SAM: their makefiles and slimming/."""

import json
import shutil
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import bcrypt
import botocore
import pytest
from tests.levers.conftest import on_lambda, python

from slimming import service_models

# They need packages of Lambda's runtime, or a function's environment.
ON_RUNTIME = {"errand_api.main", "errand_api.snapshot"}
# They encrypt and sign what browsers are sent, which a function behind a queue does.
OF_EVENTS = {"errand.push.encryption", "errand.push.vapid", "errand.push.working"}


@pytest.fixture(scope="module")
def shrunk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A botocore with as little data as it has on Lambda."""
    packages = tmp_path_factory.mktemp("packages")
    folder = Path(botocore.__file__).parent
    wanted = {*service_models.OPERATIONS}

    def others(path: str, names: list[str]) -> list[str]:
        if Path(path) != folder / "data":
            return []
        return [name for name in names if "." not in name and name not in wanted]

    shutil.copytree(folder, packages / "botocore", ignore=others)
    service_models.shrink_botocore(packages / "botocore")
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


@pytest.mark.deep
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


OPERATIONS: dict[str, tuple[str, dict[str, object]]] = {
    "dynamodb": ("put_item", {"TableName": "t", "Item": {}}),
    "events": ("put_events", {"Entries": [{"Source": "s"}]}),
    "s3": ("get_object", {"Bucket": "errand-imports", "Key": "1/2", "IfMatch": "1"}),
    "scheduler": ("list_schedules", {"GroupName": "g"}),
    "secretsmanager": ("get_secret_value", {"SecretId": "s"}),
    "sesv2": ("send_email", {"Content": {"Raw": {"Data": b"m"}}}),
    "sqs": ("send_message", {"QueueUrl": "https://sqs.test/1/q", "MessageBody": "m"}),
}
REGIONS = ("us-east-1", "cn-north-1", "eu-central-1", "us-gov-west-1")

type Addresses = dict[str, str]


def _addresses(*paths: Path) -> Addresses:
    """Where a botocore sends what, by service and region; all told by one interpreter."""
    code = f"""
import botocore.session, json
told = {{}}
class Sent(Exception): pass
def tell(request, **_):
    told[key] = request.url
    raise Sent
session = botocore.session.get_session()
session.set_credentials('id', 'secret')
for service, (operation, parameters) in {OPERATIONS!r}.items():
    for region in {REGIONS!r}:
        key = f'{{service}} {{region}}'
        client = session.create_client(service, region)
        client.meta.events.register('before-send', tell)
        try:
            getattr(client, operation)(**parameters)
        except Sent:
            pass
print(json.dumps(told))
"""
    addresses: Addresses = json.loads(python(f"exec({code!r})", *paths))
    return addresses


@pytest.fixture(scope="module")
def addresses(shrunk: Path) -> tuple[Addresses, Addresses]:
    """Of the shrunk botocore, and of the whole one."""
    return _addresses(shrunk), _addresses()


@pytest.mark.deep
@pytest.mark.parametrize("service", OPERATIONS)
@pytest.mark.parametrize("region", REGIONS)
def test_shrunk_botocore_calls_a_service_where_the_whole_does(
    addresses: tuple[Addresses, Addresses], service: str, region: str
) -> None:
    shrunk, whole = (told[f"{service} {region}"] for told in addresses)
    # S3 calls its oldest region by its oldest name.
    assert region in shrunk or (service, region) == ("s3", "us-east-1")
    assert shrunk == whole


@pytest.mark.deep
def test_shrunk_botocore_knows_nothing_else(shrunk: Path) -> None:
    code = "import botocore.session as s; print(*s.get_session().get_available_services())"
    assert python(code, shrunk).split() == sorted(service_models.OPERATIONS)


@pytest.mark.deep
def test_shrunk_botocore_reaches_sockets_where_it_is_told(shrunk: Path) -> None:
    """Their address is each API's own, which no rules of endpoints know."""
    url = "https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com/live"
    code = f"""
import botocore.session
def tell(request, **_):
    print(request.url, '/execute-api/aws4_request' in str(request.headers['Authorization']))
    raise SystemExit
session = botocore.session.get_session()
session.set_credentials('id', 'secret')
client = session.create_client('apigatewaymanagementapi', 'eu-central-1', endpoint_url='{url}')
client.meta.events.register('before-send', tell)
client.post_to_connection(ConnectionId='JKJa=', Data=b'x')
"""
    told = python(f"exec({code!r})", shrunk)
    assert told.split() == [f"{url}/@connections/JKJa%3D", "True"]


@pytest.mark.parametrize("package", ["errand", "errand_api"])
def test_shrunk_layer_is_all_that_our_modules_import(layer: Path, package: str) -> None:
    code = f"""
import importlib, pkgutil, {package} as package
for module in pkgutil.walk_packages(package.__path__, "{package}."):
    if module.name not in {ON_RUNTIME | OF_EVENTS}:
        importlib.import_module(module.name)
"""
    on_lambda(f"exec({code!r})", layer)


def test_layer_of_event_functions_is_all_that_theirs_import(
    artifact: Callable[[str], Path],
) -> None:
    code = f"import importlib; [importlib.import_module(one) for one in {sorted(OF_EVENTS)}]"
    on_lambda(code, artifact("EventDependenciesLayer") / "python")


def test_shrunk_layer_checks_passwords(layer: Path) -> None:
    elsewhere = bcrypt.hashpw(b"correct horse", bcrypt.gensalt(4)).decode()
    code = f"""
from errand.identity.accounts.passwords import check_password
verdict = check_password("correct horse", {elsewhere!r})
print(verdict.is_right, check_password("correct horse", verdict.new_hash))
"""
    assert on_lambda(f"exec({code!r})", layer) == "True Verdict(is_right=True, new_hash=None)\n"


def test_shrunk_layer_knows_the_commonest_passwords(layer: Path) -> None:
    module = "errand.identity.accounts.password_policy"
    code = f"from {module} import _commonest; print(len(_commonest()))"
    assert on_lambda(code, layer) == "10000\n"


def test_shrunk_layer_holds_a_list_of_django_with_its_licence_and_nothing_else(layer: Path) -> None:
    found = [path for path in layer.rglob("*") if "django" in str(path.relative_to(layer)).lower()]
    names = {path.name for path in found if path.is_file()}
    assert names == {"LICENSE", "common-passwords.txt.gz"}


def test_time_zones_are_those_of_the_layer(layer: Path) -> None:
    """Lambda's image need not have any, and where it would have them nobody asks."""
    code = """
import errand, sys, zoneinfo
asked = any(name.startswith('_sysconfigdata') for name in sys.modules)
print(zoneinfo.TZPATH, asked, zoneinfo.ZoneInfo('Europe/Berlin'))
"""
    assert on_lambda(f"exec({code!r})", layer).strip() == "() False Europe/Berlin"
