"""Takes out of installed packages what Lambda never reads: python shrink.py DIRECTORY.

Measured on a cold start: without the other services' data and the unused operations the first
client is made with 275 million instructions less, without pydantic.v1 FastAPI imports with 106
million less.
"""

import gzip
import json
import shutil
import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

# Service and the operations that any function calls.
OPERATIONS = {
    "dynamodb": {
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "GetItem",
        "PutItem",
        "Query",
        "TransactWriteItems",
        "UpdateItem",
    },
    "events": {"PutEvents"},
    "secretsmanager": {"GetSecretValue"},
    "sesv2": {"SendEmail"},
    "sqs": {"SendMessage"},
}
# What only a package that is not there makes use of: trio, click, h2, socksio, PySocks, winreg.
UNUSABLE = (
    "anyio/_backends/_trio.py",
    "dateutil/tz/win.py",
    "dns/_trio_backend.py",
    "httpcore/_async/http2.py",
    "httpcore/_async/socks_proxy.py",
    "httpcore/_backends/trio.py",
    "httpcore/_sync/http2.py",
    "httpcore/_sync/socks_proxy.py",
    "httpx/_main.py",
    "urllib3/contrib/socks.py",
    "urllib3/http2/connection.py",
)
# Patterns, as of Path.glob.
UNREAD = (
    *UNUSABLE,
    "**/__pycache__",
    "**/tests",
    "**/*.pyi",
    "anyio/pytest_plugin.py",
    "bin",
    "botocore/cacert.pem",  # certifi's is taken where there is certifi
    "botocore/data/partitions.json",  # for the rules of endpoints, which go too
    "cffi",  # with pycparser it built argon2's bindings; they run on _cffi_backend
    "dateutil/rrule.py",
    "dateutil/zoneinfo/*.tar.gz",
    "django-*.dist-info",  # scanners would report the framework, of which a text file is left
    "dns/btree*.py",
    "dns/dnssec.py",
    "dns/dnssecalgs",
    "dns/versioned.py",
    "dns/win32util.py",
    "dns/zone*.py",
    "fastapi/.agents",
    "passlib/_data",
    "passlib/apache.py",
    "passlib/apps.py",
    "passlib/crypto/_blowfish",
    "passlib/crypto/_md4.py",
    "passlib/crypto/des.py",
    "passlib/crypto/scrypt",
    "passlib/ext",
    "passlib/hosts.py",
    "passlib/pwd.py",
    "passlib/totp.py",
    "passlib/utils/des.py",
    "passlib/utils/md4.py",
    "passlib/utils/pbkdf2.py",
    "pycparser",
    "pydantic/mypy.py",
    "pydantic/v1",  # FastAPI looks for it only to refuse its models
    "starlette/testclient.py",
    "urllib3/contrib/emscripten",
    "urllib3/contrib/pyopenssl.py",
)
# Folders of which little is read, plugins for the most part: what is in them but these goes.
READ = {
    "django": {"contrib"},
    "django/contrib": {"auth"},
    "django/contrib/auth": {"common-passwords.txt"},
    "dns/quic": {"__init__"},  # without an aioquic it defines what fails
    "dns/rdtypes/ANY": {"__init__", "CNAME", "DNAME", "NS", "OPT", "PTR", "SOA", "TSIG"},
    "passlib/handlers": {"__init__", "argon2", "bcrypt"},
}

type Json = dict[str, Any]


def shrink(root: Path) -> None:
    shrink_botocore(root / "botocore")
    for folder, modules in READ.items():
        # One of the two layers has fewer packages.
        if (root / folder.partition("/")[0]).exists():
            keep(root / folder, modules)
    for pattern in UNREAD:
        for path in list(root.glob(pattern)):
            remove(path)
    for metadata in root.glob("*.dist-info"):
        for path in metadata.iterdir():
            if path.name == "METADATA":
                # Name and version are asked for at run time, the long description is not.
                path.write_text(path.read_text().partition("\n\n")[0] + "\n")
            elif path.name != "entry_points.txt":
                remove(path)


def keep(folder: Path, modules: Collection[str]) -> None:
    for file in folder.iterdir():
        if file.stem not in modules:
            remove(file)


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def shrink_botocore(botocore: Path) -> None:
    data = botocore / "data"
    for folder in data.iterdir():
        if folder.is_dir() and folder.name not in OPERATIONS:
            shutil.rmtree(folder)
    for service, operations in OPERATIONS.items():
        *old, newest = sorted((data / service).iterdir())
        for version in old:
            shutil.rmtree(version)
        for file in newest.iterdir():
            if file.name.startswith("service-2.json"):
                write(newest / "service-2.json", with_operations(read(file), operations))
                if file.suffix == ".gz":
                    file.unlink()
            else:
                # The rules of its endpoints too: they would be evaluated in every call, 5 % of a
                # request's CPU. Without them the address is looked up in endpoints.json, once.
                file.unlink()
    endpoints = read(data / "endpoints.json")
    for partition in endpoints["partitions"]:
        partition["services"] = {
            name: service
            for name, service in partition["services"].items()
            if name in {*OPERATIONS, "email", "sts"}  # email: where sesv2 is
        }
    write(data / "endpoints.json", endpoints)


def with_operations(model: Json, operations: Iterable[str]) -> Json:
    """The service model with these operations and the shapes that they lead to."""
    kept = {name: model["operations"][name] for name in operations}
    shapes: Json = {}
    waiting = [name for operation in kept.values() for name in shape_names(operation)]
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += shape_names(shapes[name])
    # Documentation stays out: it is the larger part of a model.
    smaller: Json = without_documentation({**model, "operations": kept, "shapes": shapes})
    return smaller


def shape_names(node: Any) -> list[str]:
    if isinstance(node, list):
        return [name for item in node for name in shape_names(item)]
    if not isinstance(node, dict):
        return []
    own = [node["shape"]] if isinstance(node.get("shape"), str) else []
    return own + [name for item in node.values() for name in shape_names(item)]


def without_documentation(node: Any) -> Any:
    if isinstance(node, list):
        return [without_documentation(item) for item in node]
    if isinstance(node, dict):
        return {
            name: without_documentation(item)
            for name, item in node.items()
            if not (name == "documentation" and isinstance(item, str))
        }
    return node


def read(path: Path) -> Json:
    content = path.read_bytes()
    parsed: Json = json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    return parsed


def write(path: Path, content: Json) -> None:
    path.write_text(json.dumps(content, separators=(",", ":")))


if __name__ == "__main__":
    shrink(Path(sys.argv[1]))
