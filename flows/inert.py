"""How may a text of somebody else's be shown? As a text: no terminal, no Markdown, no reader's eye obeys it.

In: ids, names and addresses from data, messages of others, a contract's words. Out: the same text for a terminal
(`visible`), in one line (`one_line`), in Markdown (`markdown`). Nothing here is for HTML or SQL: pages escape by
their template, and values are bound.
"""

from __future__ import annotations

import re
from typing import Final

UNSEEN: Final = (
    r"\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U000e0000-\U000e007f"
)
"""Characters, as in a regular expression's brackets, that nobody sees and that move, hide or turn what stands around
them: control characters, line ends, marks of direction, tags, lone surrogates (https://trojansource.codes)."""
_UNSEEN: Final = re.compile(f"[{UNSEEN}]")
_BLANK: Final = re.compile(rf"[\s{UNSEEN}]+")
# inside a word, as in ae_to_onboarding or deal-1, the last two are none
_MARKUP: Final = re.compile(r"([\\`*{}\[\]()<>#+!|~&$]|(?<![^\W_])[_-]|[_-](?![^\W_]))")


_VALUE: Final = re.compile(
    r"""\b(value|string|input|format|range|key)(:? )(".*"|'.*'|["'].*$)""", re.IGNORECASE | re.MULTILINE
)
"""Where DuckDB quotes what it could not read."""


def without_values(told: str) -> str:
    """What an engine says is wrong, without the value that it quotes: that may be personal data."""
    return _VALUE.sub(r"\1\2…", told)


def visible(text: str) -> str:
    r"""A line for a terminal or a log: what nobody sees is spelled out, as in `\x1b`, and a line end ends no line."""
    return text if text.isprintable() else _UNSEEN.sub(lambda found: repr(found[0])[1:-1], text)


def one_line(text: str, most: int = 300) -> str:
    """Without line ends and all else that nobody sees, and no longer than a line may be."""
    return _BLANK.sub(" ", text).strip()[:most]


def markdown(text: str, most: int = 300) -> str:
    """People's words in one line, with nothing in them that Markdown, HTML or a mention would be made of."""
    # a word joiner after @: nobody is called so
    return _MARKUP.sub(r"\\\1", one_line(text, most)).replace("@", "@\u2060")
