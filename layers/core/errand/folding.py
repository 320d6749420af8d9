"""The form in which names are compared; apart from errand.text, which brings Pydantic along."""

import unicodedata

from errand.appearance import BLANK, IGNORABLE


def folded(text: str) -> str:
    """Equal for texts that a person would call the same name.

    Unicode's NFKC_Casefold (chapter 3.13: case and composition make no difference, what is drawn
    as nothing is left out), with spaces, also blank characters, made one between words. A change of
    this is a migration: claims on names, and counters of attempts, are kept under what it makes.
    """
    seen = BLANK.sub(" ", IGNORABLE.sub("", text))
    cased = unicodedata.normalize("NFKC", seen).casefold()
    return " ".join(unicodedata.normalize("NFKC", cased).split())
