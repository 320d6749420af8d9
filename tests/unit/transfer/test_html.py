"""What is read of HTML."""

import pytest

from errand.transfer.html import prose_of


@pytest.mark.parametrize(
    ("html", "prose"),
    [
        ("Plain <3", "Plain <3"),
        ("<p>One</p><p>Two &amp; three</p>", "One\nTwo & three"),
        ("<ul><li>Milk</li><li><b>Bread</b></li></ul>", "- Milk\n- Bread"),
        ('<a href="https://example.com">Here</a><br/>there', "Here\nthere"),
        ("<html><head><style>p {}</style></head><body>Seen<!-- not --></body></html>", "Seen"),
        ("<script>if (1 < 2) {}</script>Seen", "Seen"),
        ("<script>never ends", ""),
        (f"<p>&#{'9' * 5_000};", f"&#{'9' * 5_000};"),
    ],
    ids=ascii,
)
def test_prose_of(html: str, prose: str) -> None:
    assert prose_of(html) == prose


@pytest.mark.deep
@pytest.mark.parametrize("part", ["<", "<a ", "<b", "<!--", "<a b='", "&#", "</", "<?", "<script>"])
def test_megabytes_of_what_is_no_tag_are_read(part: str) -> None:
    """In linear time: with html.parser this would not end."""
    assert isinstance(prose_of(part * 500_000), str)
