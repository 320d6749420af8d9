"""`make run`: the embedded AWS and the API on this machine, until Ctrl-C or SIGTERM."""

import os
import sys
import time

from tools.local.program import carry_out, ignore_signals
from tools.local.services import Services
from tools.local.settings import PARAMETERS, Settings

PAUSE = 0.5  # seconds between two looks at children and files


def _run() -> None:
    settings = Settings.from_environment(os.environ)
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
        ignore_signals()
        services.stop()


if __name__ == "__main__":
    sys.exit(carry_out(_run, stopped="stopped, all data is saved"))
