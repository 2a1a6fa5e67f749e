"""What comes from data stands in one line."""

import pytest

from flows.lines import one_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\r\n\tb", "a b"),
        (" Ada Byron ", "Ada Byron"),
        ("\x1b[31mred\x07", "[31mred"),
        ("a\u202eb\u2066c\u200dd\ufeff", "a b c d"),
        ("Größe → 1", "Größe → 1"),
    ],
)
def test_line_ends_and_control_characters_are_blanks(text, line):
    assert one_line(text) == line
