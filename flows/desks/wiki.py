"""How does a ticket's Markdown read in Jira? As wiki text, in which nothing but our own marks is markup.

In: the Markdown that flows/desks/wording.py writes: paragraphs, lists, bold, code spans, links, escapes; nothing else.
Out: Jira's wiki text, for Cloud and Server alike. What both unescape after a backslash, and only that, is listed in
https://unpkg.com/@atlaskit/editor-wikimarkup-transformer/dist/es2019/parser/utils/escape.js, ported from the Server.
"""

from __future__ import annotations

import re
from typing import Final

_SPECIAL: Final = re.compile(r"([-#*_+?^~|%{}\[\]()!@])")
_TOKEN: Final = re.compile(
    r"`(?P<code>[^`\n]*)`|\*\*(?P<bold>.+?)\*\*(?!\*)|<(?P<link>https?://[^>\s]+)>|\\(?P<escaped>[^A-Za-z0-9\s])|(?P<text>[^`*<\\]+|.)",
    re.DOTALL,
)


def wiki(markdown: str) -> str:
    """The same text, line by line."""
    return "\n".join(_line(line) for line in markdown.split("\n"))


def _line(line: str) -> str:
    bullet = "* " if line.startswith("- ") else ""
    return bullet + _inline(line[2:] if bullet else line)


def _inline(text: str) -> str:
    return "".join(_token(found) for found in _TOKEN.finditer(text))


def _token(found: re.Match[str]) -> str:
    if found["code"] is not None:
        # monospace, in which Jira still looks for markup and addresses
        return "{{" + _plain(found["code"]).replace("://", ":\u2060//") + "}}"
    if found["bold"] is not None:
        return f"*{_inline(found['bold'])}*"
    if found["link"] is not None:
        return f"[{found['link']}]"
    return _plain(found["escaped"] or found["text"])


def _plain(text: str) -> str:
    """A backslash of its own would make a line break of two, or undo the escape behind it: it becomes a wide one."""
    return _SPECIAL.sub(r"\\\1", text.replace("\\", "\uff3c"))
