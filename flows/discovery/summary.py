"""What does a source have, in a screenful? Its types of records, their stages, where a contract's fields may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from flows.discovery import Discovery

STAGES_SHOWN = 8


def summarise(found: Discovery, console: Console) -> None:
    """Print types, stages, what was skipped and, for a handoff, the likeliest property of each of its fields."""
    for sample in found.samples:
        profiled = found.profiled[sample.object]
        filled = sum(profile.filled > 0 for profile in profiled)
        junk = sum(count for profile in profiled for _, count in profile.junk)
        console.print(
            f"{sample.object}: {sample.total:,} there, {len(sample.records):,} looked at, "
            f"{filled} of {len(profiled)} properties ever filled, {junk:,} times with a placeholder",
            highlight=False,
            markup=False,
        )
        for stage in sample.stages[:STAGES_SHOWN]:
            console.print(
                f"  {stage.ever:6,} came to {stage.label} ({stage.property} = {stage.value})",
                highlight=False,
                markup=False,
            )
    for one in found.skipped:
        console.print(
            f"{one.object}: not looked at: {one.reason}", highlight=False, markup=False, soft_wrap=True
        )
    if found.proposed:
        console.print(_proposals(found))


def _proposals(found: Discovery) -> Table:
    table = Table(title=f"{found.handoff}: where its fields may be", box=None, title_justify="left")
    for column in ("field", "likeliest", "why"):
        table.add_column(column, overflow="fold")
    for field, likely in found.proposed.items():
        best = likely[0] if likely else None
        told = (best.place, best.reason) if best else ("–", "nothing there resembles it")
        table.add_row(field, *map(Text, told))
    return table
