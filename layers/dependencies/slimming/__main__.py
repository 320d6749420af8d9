"""python -m slimming DIRECTORY: what pip installed there becomes what Lambda reads."""

import sys
from pathlib import Path

from slimming.amazon_roots import write_roots
from slimming.byte_code import compile_all
from slimming.distributions import keep_notices, record
from slimming.prepared_code import prepare
from slimming.service_models import shrink_botocore
from slimming.unread import remove_unread


def slim(root: Path) -> None:
    shrink_botocore(root / "botocore")
    keep_notices(root)
    remove_unread(root)
    write_roots(root)
    prepare(root)
    compile_all(root, seen_at="/opt/python")
    record(root)


if __name__ == "__main__":
    slim(Path(sys.argv[1]))
