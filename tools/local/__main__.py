"""`make run`: the embedded AWS and the API on this machine, until Ctrl-C or SIGTERM."""

import os
import signal
import sys
import time
from types import FrameType

from tools.local.failures import CannotRun
from tools.local.services import Services
from tools.local.settings import PARAMETERS, Settings

PAUSE = 0.5  # seconds between two looks at children and files
SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopped(BaseException):
    """Raised by a signal, wherever the program is then."""


def main() -> int:
    for number in SIGNALS:
        signal.signal(number, _stop)
    try:
        _run(Settings.from_environment(os.environ))
    except CannotRun as failure:
        print(f"errand: {failure}", file=sys.stderr)
        return 1
    except Stopped:
        print("errand: stopped, all data is saved", file=sys.stderr)
    return 0


def _run(settings: Settings) -> None:
    for name in settings.unused:
        print(
            f"errand: {name} has no effect here, where template.yaml says it: "
            f"there are {', '.join(PARAMETERS)} (`make help`)",
            file=sys.stderr,
        )
    services = Services(settings)
    make = os.getppid() if "MAKELEVEL" in os.environ else None
    try:
        aws = services.start()
        print(
            f"\nErrand is ready: {services.url}/docs\n"
            f"  Mails: {aws.mails}\n"
            f"  embedded AWS: {aws.endpoint}, data and log: {settings.data_dir}\n"
            "  Ctrl-C stops it\n",
            flush=True,
        )
        # A make that was killed can stop nothing: what it has started notices by itself.
        while make in (None, os.getppid()):
            time.sleep(PAUSE)
            services.follow()
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        services.stop()


def _stop(_number: int, _frame: FrameType | None) -> None:
    raise Stopped


if __name__ == "__main__":
    sys.exit(main())
