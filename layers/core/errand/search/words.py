"""The form in which texts are searched: words without case and accents, a space between them."""

import re
import unicodedata

from errand.filters.plain import plain

# Scripts that are written without spaces, or (Korean) with words that grow together: Thai, Lao,
# Burmese, Khmer, kana, Han, Hangul. What begins with them is found anywhere.
UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff"
    r"\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)


class _Apart(dict[int, str]):
    """Punctuation and spaces part words; signs are words, as in C++, 5 € or an emoji."""

    def __missing__(self, code: int) -> str:
        one = chr(code)
        category = unicodedata.category(one)
        # What is not assigned yet is an emoji to somebody's phone.
        is_apart = category[0] in "PZ" or category in {"Cc", "Cf", "Cs"}
        self[code] = kept = " " if is_apart else one
        return kept


_APART = _Apart()


def words(text: str) -> str:
    """Of "E-Mail für 東京駅!" it is "e mail fur 東京駅"."""
    form = parted(text)
    spaced = form if form.isascii() else UNSPACED.sub(r" \g<0> ", form)
    return " ".join(spaced.split())


def parted(text: str) -> str:
    """The same with any number of spaces, and none where a script without them begins or ends."""
    return plain(text).translate(_APART)
