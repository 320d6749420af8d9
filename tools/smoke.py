"""Walks a deployment from outside as somebody new, who then leaves: `make smoke URL=https://…`."""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence

import httpx

from errand.smoke import Failed, told, walk

_TIMEOUT = 30.0


def main(argv: Sequence[str] | None = None) -> int:
    """Parse the command line, walk, and print each step."""
    parser = ArgumentParser(prog="smoke", description="Walk a deployment from outside.")
    parser.add_argument("url", help="of the API, as in https://api.example.com")
    url = parser.parse_args(argv).url
    try:
        with httpx.Client(base_url=url, timeout=_TIMEOUT) as client:
            walk(client.request, print)
    # The last: of a host's name that has a part without letters, or with too many.
    except (Failed, httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        for line in (told(error), *getattr(error, "__notes__", ())):
            print(f"smoke: {line}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
