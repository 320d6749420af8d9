"""The words of each language, as data."""

from errand.quick_add.words.language import Language


def languages() -> tuple[Language, ...]:
    """All of them; read when a text is, and not when a function starts."""
    from errand.quick_add.words.english import ENGLISH  # noqa: PLC0415
    from errand.quick_add.words.german import GERMAN  # noqa: PLC0415
    from errand.quick_add.words.spanish import SPANISH  # noqa: PLC0415

    return ENGLISH, GERMAN, SPANISH
