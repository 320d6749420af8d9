"""HTTP: what API Gateway hands to the function, and what goes back.

Importing this package first imports FastAPI, at the price of what a request needs of it.
"""

import sys

from pydantic import BaseModel

# FastAPI's OpenAPI models are built while it is imported, and only /openapi.json ever uses them.
# Deferred to that day they save a cold start 184 million instructions; our own stay as they are.
BaseModel.model_config["defer_build"] = True
# One of them has an e-mail address, for which FastAPI imports a package of expressions if it can:
# another 290 million.
_hidden = sys.modules.pop("email_validator", None)
sys.modules["email_validator"] = None  # type: ignore[assignment] # makes an import fail

import fastapi  # noqa: E402, F401

del sys.modules["email_validator"], BaseModel.model_config["defer_build"]
if _hidden:
    sys.modules["email_validator"] = _hidden
