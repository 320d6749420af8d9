"""What is done to botocore for the one service that nearly every request calls.

docs/performance-levers.md says of each lever what it reaches into and what it buys.
"""

from typing import Any

from botocore.config import Config
from botocore.session import Session

from errand import __version__
from errand.aws.connections import use_own_connections
from errand.aws.credentials import use_environment
from errand.aws.headers import use_plain_headers
from errand.aws.proxies import proxies
from errand.aws.signature import use_short_signature
from errand.aws.trust import use_one_context
from errand.aws.wire import use_plain_answers, use_plain_requests


def prepare_session(session: Session) -> None:
    """Before it makes its first client."""
    use_environment(session)
    use_one_context(session)
    use_plain_headers()
    use_plain_answers(session)
    # Otherwise botocore puts its User-Agent together anew for each call: 9 % of a page's CPU.
    config = Config(user_agent=f"errand/{__version__}", proxies=proxies())
    session.set_default_client_config(config)


def prepare_client(client: Any) -> None:
    use_own_connections(client)
    use_plain_requests(client)
    use_short_signature(client)
