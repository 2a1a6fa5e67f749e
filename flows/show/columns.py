"""How do texts become columns of a terminal? Padded to the widest, counted in cells and not in letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.cells import cell_len
from rich.console import Console

from flows.inert import visible


def padded(texts: Sequence[str], at_the_end: bool = False) -> list[str]:
    """Texts of one width: blanks before them, or at the end."""
    wide = max(cell_len(text) for text in texts)
    blanks = [" " * (wide - cell_len(text)) for text in texts]
    return [text + blank if at_the_end else blank + text for text, blank in zip(texts, blanks, strict=True)]


def width(columns: Sequence[Sequence[str]]) -> int:
    """Cells of a line made of padded columns, a blank between two."""
    return sum(cell_len(column[0]) for column in columns) + len(columns) - 1


def table(
    headings: Sequence[str], rows: Sequence[Sequence[str]], room: int | None = None, spare: Sequence[str] = ()
) -> list[str]:
    """Lines of a table whose texts start at the left: headings, a rule, rows; empty columns are left out.

    Where it is wider than `room`, `spare` columns are left out until it fits, the first of them first.
    """
    columns = {
        heading: padded([heading, *map(visible, cells)], at_the_end=True)
        for heading, cells in zip(headings, zip(*rows, strict=True), strict=True)
        if any(cells)
    }
    for heading in spare:
        if room is not None and len("  ".join(column[0] for column in columns.values())) > room:
            columns.pop(heading, None)
    heading, *lines = ["  ".join(line).rstrip() for line in zip(*columns.values(), strict=True)]
    return [heading, "─" * max(cell_len(line) for line in (heading, *lines)), *lines]


def print_lines(console: Console, lines: Iterable[str]) -> None:
    """Print lines that hold data: nothing in them is markup, a colour or a command to the terminal."""
    for line in lines:
        console.print(visible(line), markup=False, emoji=False, highlight=False, soft_wrap=True)
