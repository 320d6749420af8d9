"""botocore for functions that need no more than a client."""

from typing import Any

import botocore.session
from botocore import handlers
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import Session

from errand.aws.credentials import use_environment
from errand.aws.damage import check_answers
from errand.aws.proxies import proxies
from errand.aws.trust import use_one_context
from errand.emulation import is_emulated, lead_to_make_run

# All that a call can raise once it got as far as being made.
AWS_ERRORS = (BotoCoreError, ClientError)
# The reason of a write whose condition did not hold.
FAILED_CONDITION = "ConditionalCheckFailedException"


def client(
    service: str,
    *,
    read_timeout: float,
    session: Session | None = None,
    endpoint: str | None = None,
    attempts: int = 3,
) -> Any:
    """A call takes `attempts` x (1 + `read_timeout`) s and pauses between them at worst.

    Raises ConfigurationError under `sam local` without a `make run`.
    """
    if is_emulated():
        lead_to_make_run()
    config = Config(
        connect_timeout=1,
        read_timeout=read_timeout,
        proxies=proxies(),
        retries={"mode": "standard", "total_max_attempts": attempts},
    )
    if service == "s3":
        # What the build keeps apart, since other functions would pay for it at every start
        # (slimming/handlers.py); sessions that are made from now on have it.
        handlers.BUILTIN_HANDLERS += vars(handlers).pop("S3_HANDLERS", [])
    session = session or botocore.session.get_session()
    use_environment(session)
    use_one_context(session)
    made = session.create_client(service, config=config, endpoint_url=endpoint)
    check_answers(made)
    return made


def reason(error: BotoCoreError | ClientError) -> str:
    """A word for the log, never the message: it may quote what was sent."""
    if isinstance(error, ClientError):
        return error.response["Error"]["Code"]
    return type(error).__name__
