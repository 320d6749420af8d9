"""Files of installed packages that Lambda never reads.

Measured on a cold start: without pydantic.v1 FastAPI imports with 106 million instructions less;
the rest is size. That nothing of it is missed is shown by tests/levers/test_layer.py.
"""

import shutil
from collections.abc import Collection
from pathlib import Path

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
    "cffi",  # with pycparser it built argon2's bindings; they run on _cffi_backend
    "dateutil/zoneinfo/*.tar.gz",
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
    "django": {"LICENSE", "contrib"},
    "django/contrib": {"auth"},
    "django/contrib/auth": {"common-passwords.txt"},
    "dns/quic": {"__init__"},  # without an aioquic it defines what fails
    "dns/rdtypes/ANY": {"__init__", "CNAME", "DNAME", "NS", "OPT", "PTR", "SOA", "TSIG"},
    "passlib/handlers": {"__init__", "argon2", "bcrypt"},
}


def remove_unread(root: Path) -> None:
    """Raises FileNotFoundError where a folder of READ is gone from its package."""
    for folder, modules in READ.items():
        # One of the two layers has fewer packages.
        if (root / folder.partition("/")[0]).exists():
            _keep(root / folder, modules)
    for pattern in UNREAD:
        for path in list(root.glob(pattern)):
            _remove(path)


def _keep(folder: Path, modules: Collection[str]) -> None:
    for file in folder.iterdir():
        if file.stem not in modules:
            _remove(file)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
