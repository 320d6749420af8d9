"""The Lambda function behind the API Gateway HTTP API (payload 2.0)."""

import asyncio
import gc
from importlib import import_module
from os import environ

# Imports make much and drop little: without the collector they take 40 million instructions less,
# and what they made need never be looked at again.
gc.disable()

from errand_api.app import create_app  # noqa: E402
from errand_api.gateway import lambda_handler  # noqa: E402

# Mangum takes the one that is set.
asyncio.set_event_loop(asyncio.new_event_loop())
if environ.get("AWS_SAM_LOCAL"):
    handler = import_module("errand_api.emulated").Emulated(lambda: lambda_handler(create_app()))
else:
    handler = lambda_handler(create_app())
if environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    import_module("errand_api.snapshot").register(handler)

gc.freeze()
gc.enable()
