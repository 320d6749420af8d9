"""Clients of AWS that answer what they are told to, and nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.stub import Stubber


@contextmanager
def stubbed(service: Any) -> Iterator[tuple[Any, Stubber]]:
    """In the end it has been asked all that it was told to answer."""
    client = boto3.client(service, region_name="eu-central-1")
    with Stubber(client) as stubber:
        yield client, stubber
        stubber.assert_no_pending_responses()
