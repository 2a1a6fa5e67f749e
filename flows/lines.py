"""How does a text that comes from data stand in one line? Ids and names may hold line ends, and what a terminal obeys.

In: any text. Out: the same in one line, without control characters and without those that turn writing around.
"""

import re
from typing import Final

_ODD: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+")


def one_line(text: str) -> str:
    """Each run of such characters is one blank."""
    return _ODD.sub(" ", text).strip()
