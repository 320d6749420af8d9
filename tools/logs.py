"""What a function has logged: `make logs FN=ApiFunction`, on `make run` or on STACK=name.

The API of `make run` is no function there: it logs where `make run` was started.
"""

import json
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tools import deployment
from tools.deployment import Refused

from errand.aws import client
from errand.clock import system_clock
from errand.codecs import instant

_MILLISECONDS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_SUFFIX = "FunctionName"
_MOST = 10_000


def milliseconds(text: str) -> int:
    """Of `15m`, `2h` and the like."""
    found = re.fullmatch(r"([1-9][0-9]{0,4})([smhd])", text)
    if not found:
        raise ArgumentTypeError(f"{text} is no span of time such as 15m, 2h or 1d")
    return int(found[1]) * _MILLISECONDS[found[2]]


def name_of(outputs: Mapping[str, str], function: str) -> str:
    """What AWS calls the function that the template does, in whatever spelling. Raises Refused."""
    known = {
        key.removesuffix(_SUFFIX): name for key, name in outputs.items() if key.endswith(_SUFFIX)
    }
    wanted = _plain(function).removesuffix("function")
    for key, name in known.items():
        if _plain(key) == wanted:
            return name
    raise Refused(f"{function} is none of {', '.join(sorted(known))}")


def lines(logs: Any, *, group: str, since: int, pattern: str = "") -> Iterator[str]:
    """Oldest first. `since`: epoch milliseconds; `pattern`: CloudWatch Logs' own filter."""
    asked = {"filterPattern": pattern} if pattern else {}
    pages = logs.get_paginator("filter_log_events").paginate(
        logGroupName=group, startTime=since, PaginationConfig={"MaxItems": _MOST}, **asked
    )
    for page in pages:
        for event in page["events"]:
            yield f"{instant(event['timestamp'])} {_told(event['message'].rstrip())}"


def main(argv: Sequence[str] | None = None) -> int:
    """Print them, or that there are none."""
    parser = ArgumentParser(prog="logs", description="Tell what a function has logged.")
    deployment.add_option(parser)
    parser.add_argument("--since", type=milliseconds, default="15m", help="15m, 2h, 1d")
    parser.add_argument("--filter", default="", help="of CloudWatch Logs, as in ERROR")
    parser.add_argument("function", help="as template.yaml calls it")
    arguments = parser.parse_args(argv)

    def act() -> str:
        target = deployment.enter(arguments.stack)
        name = name_of(target.outputs, arguments.function)
        found = client("lambda", read_timeout=10).get_function_configuration(FunctionName=name)
        group = found.get("LoggingConfig", {}).get("LogGroup", f"/aws/lambda/{name}")
        since = system_clock() - arguments.since
        logs = client("logs", read_timeout=20)
        told = [*lines(logs, group=group, since=since, pattern=arguments.filter)]
        return "\n".join(told) or f"{target.name}: nothing in {group} since {instant(since)}"

    return deployment.carry_out("logs", act)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


def _told(message: str) -> str:
    """A line of JSON as `LEVEL message {the rest}`, anything else as it is."""
    try:
        content = json.loads(message)
    except ValueError:
        return message
    if not isinstance(content, dict) or "message" not in content:
        return message
    rest = {
        key: value for key, value in content.items() if key not in {"timestamp", "level", "message"}
    }
    return f"{content.get('level', '')} {content['message']} {json.dumps(rest, ensure_ascii=False)}"


if __name__ == "__main__":
    sys.exit(main())
