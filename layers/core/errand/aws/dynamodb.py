"""What is done to botocore for the one service that nearly every request calls.

docs/performance-levers.md says of each lever what it reaches into and what it buys.
"""

from typing import Any

from botocore.config import Config
from botocore.session import Session

from errand import __version__
from errand.aws.calls import use_own_calls
from errand.aws.connections import use_own_connections
from errand.aws.credentials import use_environment
from errand.aws.proxies import proxies
from errand.aws.trust import use_one_context


def prepare_session(session: Session) -> None:
    """Before it makes its first client."""
    use_environment(session)
    use_one_context(session)
    config = Config(user_agent=f"errand/{__version__}", proxies=proxies())
    session.set_default_client_config(config)
    session.register("creating-client-class.dynamodb", _prepare)


def _prepare(**what: Any) -> None:
    what["base_classes"].insert(0, _Prepared)


class _Prepared:
    """A client of DynamoDB, from the moment that it is made."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        use_own_connections(self)
        use_own_calls(self)
