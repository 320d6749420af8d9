"""Runs one function with one event under Lambda's real runtime interface client (awslambdaric).

`make invoke FN=publish_changes EVENT=events/stream-changes.json`: events/README.md lists them.

What runs is the artifact of `sam build`, isolated from the project's environment as on Lambda
(code and layers only), if .aws-sam/build is for this processor and newer than every source file;
otherwise the source, in the project's environment. The first line on stderr says which.

Table and queue names come from the environment, else from the running `make run`. Prints the
function's answer; exit code 1 if that is an error or tells of one (an HTTP status from 400 on,
records of a batch that failed), or if there is none in time, 2 if the function could not be tried.
"""

import argparse
import json
import os
import platform
import queue
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from http import HTTPStatus
from importlib import metadata
from pathlib import Path
from typing import Any

from tools import stack
from tools.runtime_api import Answer, RuntimeApi
from tools.sam_template import Function, functions

# The second one has what listens to the events of the first.
_TEMPLATES = (Path("template.yaml"), Path("events/subscriber/template.yaml"))
_INIT_SECONDS = 10.0  # as on Lambda
_CLIENT_PACKAGES = ("awslambdaric", "simplejson", "snapshot-restore-py")
_ARCHITECTURES = {"x86_64": "x86_64", "AMD64": "x86_64", "aarch64": "arm64", "arm64": "arm64"}


def _find(name: str, templates: Sequence[Path]) -> tuple[Function, Path]:
    """Accept the logical id with or without `Function`, in any spelling: publish_changes."""

    def plain(text: str) -> str:
        return text.lower().replace("_", "").replace("-", "").removesuffix("function")

    known = [
        (function, template) for template in templates for function in functions(template).values()
    ]
    for function, template in known:
        if plain(function.name) == plain(name):
            return function, template
    names = ", ".join(function.name for function, _ in known)
    raise LookupError(f"no function {name!r} in {templates[0]}: there are {names}")


def _event(path: Path, token: str | None) -> bytes:
    """The event, sent by who has the access token. Raises OSError or ValueError."""
    event = json.loads(path.read_bytes())
    if token:
        if not isinstance(event, dict) or "headers" not in event:
            raise ValueError(f"{path} is no request: it takes no token")
        event["headers"]["authorization"] = f"Bearer {token}"
    return json.dumps(event).encode()


def _is_refusal(answer: Any) -> bool:
    match answer:
        case {"statusCode": int(status)}:
            return status >= HTTPStatus.BAD_REQUEST
        case {"batchItemFailures": list(failures)}:
            return bool(failures)
    return False


def _newest(*directories: Path) -> float:
    """Return when a source file was last changed (epoch seconds)."""
    files = (file for directory in directories for file in directory.rglob("*"))
    return max(
        (file.stat().st_mtime for file in files if file.is_file() and file.suffix != ".pyc"),
        default=0.0,
    )


def _built(source: Function, template: Path) -> Function | None:
    """Return the built twin of a function if it may stand for the source on this machine."""
    build = template.parent / ".aws-sam" / "build" / "template.yaml"
    record = template.parent / ".aws-sam" / "build.toml"
    if not build.exists() or not record.exists():
        return None
    definitions = tomllib.loads(record.read_text(encoding="utf-8"))["function_build_definitions"]
    architectures = {definition["architecture"] for definition in definitions.values()}
    changed = max(template.stat().st_mtime, _newest(source.code, *source.layers))
    if architectures != {_ARCHITECTURES.get(platform.machine())} or build.stat().st_mtime < changed:
        return None
    return functions(build)[source.name]


def _client_only(directory: Path) -> Path:
    """Link the runtime interface client, and nothing else of the environment, into a directory."""
    for package in _CLIENT_PACKAGES:
        files = metadata.files(package) or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            target = Path(str(metadata.distribution(package).locate_file(top)))
            (directory / top).symlink_to(target, target_is_directory=target.is_dir())
    return directory


def _variables(function: Function) -> dict[str, str]:
    missing = [name for name in function.variables if name not in os.environ]
    if not missing:
        return {}
    try:
        return stack.variables().get(function.name, {})
    except LookupError as error:
        print(f"invoke: {', '.join(missing)} unset, {error}", file=sys.stderr)
        return {}


def _environment(function: Function, api: RuntimeApi, path: list[Path]) -> dict[str, str]:
    return {
        **_variables(function),
        **stack.environment(),
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        # With snap-start the hooks around a snapshot run, too.
        "AWS_LAMBDA_INITIALIZATION_TYPE": os.environ.get(
            "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"
        ),
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "LAMBDA_TASK_ROOT": str(function.code.resolve()),
        "PYTHONPATH": os.pathsep.join(str(entry.resolve()) for entry in path),
        "PYTHONDONTWRITEBYTECODE": "1",  # Lambda's file system is read-only
        "TZ": ":UTC",
        "_HANDLER": function.handler,
    }


def _await(api: RuntimeApi, process: subprocess.Popen[bytes]) -> Answer:
    """Wait for the answer, the end of the process or the function's time-out."""
    while True:
        try:
            return api.answers.get(timeout=0.02)
        except queue.Empty:
            pass
        if process.poll() is not None and api.answers.empty():
            reason = f"Runtime exited with code {process.returncode}"
        elif time.monotonic() > api.deadline:
            reason = f"Task timed out after {api.timeout:.2f} seconds"
        else:
            continue
        body = json.dumps({"errorType": "Runtime.Error", "errorMessage": reason})
        return Answer(body.encode(), failed=True)


def run(function: Function, event: bytes, *, isolated: bool) -> Answer:
    """Run the function once in a process of its own."""
    arn = f"arn:aws:lambda:us-east-1:000000000000:function:{function.name}"
    limits = {"init_seconds": _INIT_SECONDS, "timeout": float(function.timeout)}
    with tempfile.TemporaryDirectory() as scratch, RuntimeApi(event, arn=arn, **limits) as api:
        path = [function.code]
        if isolated:
            path += [layer / "python" for layer in function.layers]
            path.append(_client_only(Path(scratch)))
        process = subprocess.Popen(
            # -S leaves the environment's packages out.
            [sys.executable, *(["-S"] if isolated else []), "-m", "awslambdaric", function.handler],
            cwd=function.code,
            env=_environment(function, api, path),
            stdout=sys.stderr,
        )
        try:
            return _await(api, process)
        finally:
            process.kill()
            process.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, run the function, print what it answered."""
    parser = argparse.ArgumentParser(prog="invoke", description="Run a function with an event.")
    parser.add_argument("function", help="logical id in the template, or the handler's module")
    parser.add_argument("event", type=Path, help="JSON file, as in events/")
    parser.add_argument("--token", help="access token of who sends the request")
    parser.add_argument("--template", type=Path, nargs="+", default=_TEMPLATES)
    arguments = parser.parse_args(argv)
    try:
        source, template = _find(arguments.function, arguments.template)
        event = _event(arguments.event, arguments.token)
    except (LookupError, OSError, ValueError) as error:
        print(f"invoke: {error}", file=sys.stderr)
        return 2
    built = _built(source, template)
    print(f"invoke: {source.name} from {(built or source).code}", file=sys.stderr)
    answer = run(built or source, event, isolated=built is not None)
    content = json.loads(answer.body)
    print(json.dumps(content, indent=2, ensure_ascii=False))
    return int(answer.failed or _is_refusal(content))


if __name__ == "__main__":
    sys.exit(main())
