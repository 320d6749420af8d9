"""The form in which names are compared; apart from errand.text, which brings Pydantic along."""

import unicodedata


def folded(text: str) -> str:
    """Equal for texts that a person would call the same name (Unicode TR 15 and 21)."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
