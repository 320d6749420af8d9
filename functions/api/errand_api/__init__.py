"""HTTP: what API Gateway hands to the function, and what goes back."""

from os import environ

from errand.prepared import use_prepared_code

# Pydantic looks through the metadata of every package for plugins: 14 million instructions.
environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
# Before anything of FastAPI or Pydantic is imported.
use_prepared_code()
