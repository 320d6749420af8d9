"""What a parser has read of a text, and the ways to read on."""

from errand.filters.grammar import DEPTH_MAX, InvalidFilter

# What ends a word or a bare name, besides spaces.
_ENDS = frozenset('&|!()<>=~"“”„')
# Phones type the others.
_QUOTES = {'"': '"', "“": "”", "„": "“”"}


class Reader:
    """`at`: how many code points are read."""

    __slots__ = ("_text", "at")

    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def wrong(self, detail: str, at: int | None = None) -> InvalidFilter:
        return InvalidFilter(self.at if at is None else at, detail)

    @property
    def next(self) -> str:
        """The next character; empty at the end."""
        return self._text[self.at : self.at + 1]

    def space(self) -> int:
        """Reads spaces; where what follows begins."""
        while self.next.isspace():
            self.at += 1
        return self.at

    def takes(self, *tokens: str) -> str:
        """The first of them that stands behind spaces, which is read; empty if none does."""
        self.space()
        for token in tokens:
            if self._text.startswith(token, self.at):
                self.at += len(token)
                return token
        return ""

    def takes_word(self, word: str) -> bool:
        """In any case."""
        begin = self.space()
        if self.word() == word:
            return True
        self.at = begin
        return False

    def word(self) -> str:
        """Letters, digits and _ behind spaces, in lower case."""
        begin = self.space()
        while self.next.isalnum() or self.next == "_":
            self.at += 1
        return self._text[begin : self.at].lower()

    def run(self, characters: str) -> str:
        """As many of these as there are."""
        begin = self.at
        while self.next and self.next in characters:
            self.at += 1
        return self._text[begin : self.at]

    def name(self) -> tuple[str, bool]:
        """What stands here, and whether it was quoted. Raises InvalidFilter for an open quote."""
        if self.next in _QUOTES:
            return self._quoted(), True
        begin = self.at
        while self.next and not self.next.isspace() and self.next not in _ENDS:
            self.at += 1
        return self._text[begin : self.at], False

    def _quoted(self) -> str:
        begin, closing = self.at, _QUOTES[self.next]
        characters = []
        self.at += 1
        while self.next and self.next not in closing:
            # Behind a backslash is a quote or a backslash that is meant as such.
            self.at += self.next == "\\"
            characters.append(self.next)
            self.at += 1
        if not self.next:
            self.at = len(self._text)
            raise self.wrong(f"expected {closing[0]} to end the quotation that begins at {begin}")
        self.at += 1
        return "".join(characters)


def deeper(reader: Reader, depth: int, at: int) -> int:
    """The next depth. Raises InvalidFilter if that is too deep."""
    if depth == DEPTH_MAX:
        words = f"expected at most {DEPTH_MAX} parentheses and negations within each other"
        raise reader.wrong(words, at)
    return depth + 1
