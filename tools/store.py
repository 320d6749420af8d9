"""The embedded AWS as the store of one server, event functions and all: `python -m tools.store`.

Until SIGTERM; docs/self-hosting.md says what it is good for. Environment: DATA_DIR,
AWS_HOST=127.0.0.1, AWS_PORT=4566, PUBLIC_URL, APP_URL, CORS_ORIGINS. Nothing in it asks who
somebody is: whoever reaches its port has everything.
"""

import os
import sys
import time

from tools.local.embedded import Embedded
from tools.local.program import carry_out, ignore_signals
from tools.local.settings import USUAL_AWS_PORT, Settings
from tools.local.sockets import listen

PAUSE = 0.5  # seconds
# Otherwise than on a developer's machine.
_AS_DEPLOYED = {
    "ServerTiming": "false",
    "RefuseCommonPasswords": "true",
    "PurgeDelaySeconds": "60",
    # Mails would get nowhere, and nobody outside reaches its sockets.
    "MailFrom": "",
    "Realtime": "false",
    "PushContact": os.environ.get("PUSH_CONTACT", ""),
    "CorsAllowOrigins": os.environ.get("CORS_ORIGINS", ""),
}


def _run() -> None:
    settings = Settings.from_environment(os.environ)
    bound = listen(settings.aws_host, settings.aws_port or USUAL_AWS_PORT, variable="AWS_PORT")
    aws = Embedded(
        data_dir=settings.data_dir,
        bound=bound,
        parameters={**settings.parameters, **_AS_DEPLOYED},
        api_url=settings.parameters.get("PublicUrl", ""),
    )
    try:
        print(
            f"errand: the store is at {aws.endpoint}, {settings.data_dir}",
            file=sys.stderr,
            flush=True,
        )
        while True:
            time.sleep(PAUSE)
            aws.check()
    finally:
        ignore_signals()
        aws.stop()


if __name__ == "__main__":
    sys.exit(carry_out(_run, stopped="stopped, all data is saved"))
