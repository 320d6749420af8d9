"""The form in which texts are looked through."""

import unicodedata

from errand.folding import folded

# Combining Diacritical Marks: accents of Latin, Greek and Cyrillic. Those of other scripts tell
# letters apart: vowels of Devanagari, voiced sounds of Japanese.
_ACCENTS = dict.fromkeys(range(0x300, 0x370))


def plain(text: str) -> str:
    """Without case and accents, in one line."""
    form = folded(text)
    if form.isascii():
        return form
    apart = unicodedata.normalize("NFD", form).translate(_ACCENTS)
    # Composed again, or a syllable of Korean would be found in every longer one.
    return unicodedata.normalize("NFC", apart)
