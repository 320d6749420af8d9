"""What `make run` runs: the embedded AWS, and the API on top of it."""

import sys

from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.settings import LOOPBACK, ROOT, Settings
from tools.local.sockets import listen, listen_for_aws, url_of
from tools.local.watch import Watch


class Services:
    def __init__(self, settings: Settings) -> None:
        """Raises CannotRun if a port cannot be had. Sockets outlive restarts: none is refused."""
        self._data_dir = settings.data_dir
        self._socket = listen(LOOPBACK, settings.port, variable="PORT")
        self._aws_socket = listen_for_aws(settings.aws_host, settings.aws_port)
        self._template = Watch(ROOT / "template.yaml")
        self._code = Watch(ROOT / "functions", ROOT / "layers" / "core")
        self._aws: Embedded | None = None
        self._api: Api | None = None

    @property
    def url(self) -> str:
        return url_of(self._socket)

    def start(self) -> Embedded:
        """Raises CannotRun if they do not start."""
        self._aws = Embedded(data_dir=self._data_dir, bound=self._aws_socket)
        self._api = self._start_api(self._aws)
        self._api.wait()
        return self._aws

    def stop(self) -> None:
        """The API first, so that what its last requests wrote is saved."""
        if self._api:
            self._api.stop()
        if self._aws:
            self._aws.stop()

    def follow(self) -> None:
        """Restarts what changed files call for. Raises CannotRun if the embedded AWS has ended."""
        if self._aws is None or self._api is None:
            return
        self._aws.check()
        if self._template.changed():
            _say("template.yaml has changed: deploying it")
            self.stop()
            self.start()
        elif self._code.changed():
            _say("code has changed: reloading")
            self._aws.renew_functions()
            self._api.stop()
            self._api = self._start_api(self._aws)
        elif self._api.failed():
            _say("the API has ended: waiting for a change of its code")

    def _start_api(self, aws: Embedded) -> Api:
        return Api(environment=aws.environment(), bound=self._socket)


def _say(what: str) -> None:
    print(f"errand: {what}", file=sys.stderr, flush=True)
