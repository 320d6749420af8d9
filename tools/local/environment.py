"""Environments of child processes: nothing in them leads to a real AWS account."""

import os
from collections.abc import Mapping

REGION = "us-east-1"
LOCAL_HOSTS = "127.0.0.1,localhost"

# Settings for botocore. Whatever else there is for it, in the environment or in files, is left out.
ISOLATED = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
}

# Ministack is configured by a hundred variables: it gets these, its own, and none by accident.
OF_THE_SYSTEM = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ")


def for_clients(environment: Mapping[str, str], *, endpoint: str) -> dict[str, str]:
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    return kept | ISOLATED | _no_proxy(environment) | {"AWS_ENDPOINT_URL": endpoint}


def for_ministack(environment: Mapping[str, str], *, endpoint: str) -> dict[str, str]:
    kept = {name: environment[name] for name in OF_THE_SYSTEM if name in environment}
    return (
        kept
        | ISOLATED
        | _no_proxy({})
        | {
            "AWS_ENDPOINT_URL": endpoint,
            "GATEWAY_PORT": endpoint.rpartition(":")[2],
            "MINISTACK_REGION": REGION,
            "LOG_LEVEL": "INFO",
            # Each is a Python process. There are some 15 functions, and a message whose function
            # gets none is hidden here for as long as if it had failed.
            "LAMBDA_ACCOUNT_CONCURRENCY": "24",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": "unix:///nonexistent.sock",
        }
    )


def _no_proxy(environment: Mapping[str, str]) -> dict[str, str]:
    """Both spellings, as some clients read only one of them."""
    known = environment.get("NO_PROXY") or environment.get("no_proxy")
    hosts = f"{known},{LOCAL_HOSTS}" if known else LOCAL_HOSTS
    return {"NO_PROXY": hosts, "no_proxy": hosts}
