"""What does a source have, in a screenful? Its types of records, their stages, where a contract's fields may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.inert import visible

if TYPE_CHECKING:
    from flows.discovery import Discovery

STAGES_SHOWN = 8


def summarise(found: Discovery, console: Console) -> None:
    """Print types, stages, what was skipped and, for a handoff, the likeliest property of each of its fields."""
    for sample in found.samples:
        profiled = found.profiled[sample.object]
        filled = sum(profile.filled > 0 for profile in profiled)
        junk = sum(count for profile in profiled for _, count in profile.junk)
        _print(
            console,
            f"{sample.object}: {sample.total:,} there, {len(sample.records):,} looked at, "
            f"{filled} of {len(profiled)} properties ever filled, {junk:,} times with a placeholder",
        )
        for stage in sample.stages[:STAGES_SHOWN]:
            _print(console, f"  {stage.ever:6,} came to {stage.label} ({stage.property} = {stage.value})")
    for one in found.skipped:
        _print(console, f"{one.object}: not looked at: {one.reason}", soft_wrap=True)
    if found.proposed:
        console.print(_proposals(found))


def _print(console: Console, line: str, *, soft_wrap: bool = False) -> None:
    """A line that holds what the source says: nothing in it is markup or a command to the terminal."""
    console.print(visible(line), markup=False, emoji=False, highlight=False, soft_wrap=soft_wrap)


def _proposals(found: Discovery) -> Table:
    table = Table(title=f"{found.handoff}: where its fields may be", box=None, title_justify="left")
    for column in ("field", "likeliest", "why"):
        table.add_column(column, overflow="fold")
    for field, likely in found.proposed.items():
        best = likely[0] if likely else None
        told = (best.place, best.reason) if best else ("–", "nothing there resembles it")
        table.add_row(field, *(Text(visible(text)) for text in told))
    return table
