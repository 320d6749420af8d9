"""Credentials that the environment holds, as it does on Lambda.

botocore would first make all of its sources, EC2's metadata service among them, to ask this one
first: 16 million instructions of a cold start.
"""

import os

from botocore.credentials import CredentialResolver, EnvProvider
from botocore.session import Session


def use_environment(session: Session) -> None:
    """Changes nothing where another source would have its turn, or might: botocore's own chain."""
    has_profile = session.instance_variables().get("profile") is not None
    if os.environ.get("AWS_ACCESS_KEY_ID") and not has_profile:
        session.register_component("credential_provider", CredentialResolver([EnvProvider()]))
