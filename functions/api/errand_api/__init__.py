"""HTTP: what API Gateway hands to the function, and what goes back."""

from os import environ

# Pydantic looks through the metadata of every package for plugins: 20 million instructions.
environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
