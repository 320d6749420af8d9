"""The form in which texts are looked through."""

import unicodedata

from errand.folding import folded

# Combining Diacritical Marks: accents of Latin, Greek and Cyrillic; points of Hebrew and Arabic,
# and the stroke that stretches its words, which hardly anybody types. Marks of other scripts tell
# letters apart: vowels of Devanagari, voiced sounds of Japanese.
_LEFT_OUT = (*range(0x300, 0x370), *range(0x591, 0x5C8), 0x640, *range(0x64B, 0x660), 0x670)
# Letters that Unicode does not take apart, as they are typed where keyboards have none of them.
_LETTERS = {
    "\xe6": "ae",  # of Danish and Norwegian
    "\xf8": "o",
    "\xf0": "d",  # of Icelandic
    "\xfe": "th",
    "\u0153": "oe",  # of French
    "\u0111": "d",  # of Vietnamese and Croatian
    "\u0142": "l",  # of Polish
    "\u0127": "h",  # of Maltese
    "\u0131": "i",  # of Turkish, without a dot
}
_ALIKE = str.maketrans({**{chr(mark): None for mark in _LEFT_OUT}, **_LETTERS})


def plain(text: str) -> str:
    """Without case and accents, in one line: equal for what keyboards of any language type."""
    form = folded(text)
    if form.isascii():
        return form
    apart = unicodedata.normalize("NFD", form).translate(_ALIKE)
    # Composed again, or a syllable of Korean would be found in every longer one.
    return unicodedata.normalize("NFC", apart)
