"""What `make run` runs: the embedded AWS, and the API on top of it."""

import sys

from tools.local.api import Api
from tools.local.embedded import Embedded
from tools.local.failures import CannotRun
from tools.local.settings import LOOPBACK, ROOT, Settings
from tools.local.sockets import listen, listen_for_aws, url_of
from tools.local.watch import Watch


class Services:
    def __init__(self, settings: Settings) -> None:
        """Raises CannotRun if a port cannot be had. Sockets outlive restarts: none is refused."""
        self._settings = settings
        variable = "PORT" if settings.host == LOOPBACK else "HOST=… or PORT"
        self._socket = listen(settings.host, settings.port, variable=variable)
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
        self._api = Api(bound=self._socket)
        self._aws = Embedded(
            data_dir=self._settings.data_dir,
            bound=self._aws_socket,
            parameters=self._settings.parameters,
            api_url=self.url,
        )
        self._api.begin(self._aws.environment())
        self._api.wait()
        return self._aws

    def stop(self) -> None:
        """The API first, so that what its last requests wrote is saved."""
        if self._api:
            self._api.stop()
        if self._aws:
            self._aws.stop()
        self._api = self._aws = None

    def follow(self) -> None:
        """Restarts what changed files call for. Raises CannotRun if the embedded AWS has ended."""
        try:
            if self._aws:
                self._aws.check()
        except CannotRun:
            # Requests under way would wait for it there until they are cut off.
            self._aws_socket.close()
            raise
        if self._template.changed():
            self._restart("template.yaml has changed: deploying it")
        elif self._code.changed():
            if self._aws and self._api:
                _say("code has changed: reloading")
                self._aws.renew_functions()
                self._api.stop()
                self._api = Api(bound=self._socket, environment=self._aws.environment())
            else:
                self._restart("code has changed: starting again")
        elif self._api and self._api.failed():
            _say("the API has ended: waiting for a change of its code")

    def _restart(self, why: str) -> None:
        _say(why)
        self.stop()
        try:
            self.start()
        except CannotRun as failure:
            self.stop()
            _say(f"{failure}\nerrand: waiting for a change of template.yaml or code")


def _say(what: str) -> None:
    print(f"errand: {what}", file=sys.stderr, flush=True)
