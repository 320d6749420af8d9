"""Texts and what is typed to find them have the same words."""

import pytest

from errand.search.words import words


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Pay the  rent!", "pay the rent"),
        ("Café, crème brûlée", "cafe creme brulee"),
        ("Cafe\u0301", "cafe"),
        ("Straße", "strasse"),
        ("STRASSE", "strasse"),
        ("İstanbul ve Iğdır, ılık", "istanbul ve igdir ilik"),  # noqa: RUF001
        ("Łódź, Æbleskiver, Smørrebrød, Đồng", "lodz aebleskiver smorrebrod dong"),
        ("ﬁnd the oﬃce", "find the office"),
        ("ＡＢＣ１２３", "abc123"),  # noqa: RUF001
        ("e-mail_to:bob@example.com", "e mail to bob example com"),
        ("C++ and 5 €", "c++ and 5 €"),
        ("🎂 party", "🎂 party"),
        ("東京駅へ行く", "東京駅へ行く"),
        ("新しいiPhoneを買う", "新しい iphone を買う"),
        ("ｶﾞｽ料金", "ガス料金"),
        ("はは、ばば", "はは ばば"),
        ("10月3日", "10 月 3 日"),
        ("저녁을 먹다", "저녁을 먹다"),
        ("שָׁלוֹם", "שלום"),
        ("كِتَابٌ", "كتاب"),
        ("हिन्दी", "हिन्दी"),
        ("ελληνικός", "ελληνικοσ"),
        ("soft\xadhyphen", "softhyphen"),
        ("a\u200bb\u00a0c\nd", "ab c d"),
        ("a\x1fb\x00c\ud800d", "a b c d"),
        ("\U0001faed \ue000", "\U0001faed \ue000"),
        ("…", ""),
        ("", ""),
    ],
)
def test_words_of_a_text(text: str, form: str) -> None:
    assert words(text) == form


def test_words_of_words_are_themselves() -> None:
    for text in ("Łódź 東京Tower!", "ﬁn-de-siècle", "C++"):
        assert words(words(text)) == words(text)
