"""What does a person read? The current generation's scorecard as one table, completion at the transition and now side by side.

In: `published/current`. Out: text on a terminal, or rows for Prefect's artifact. Reads only what was published.
"""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from contracts.errors import PublishError
from flows import warehouse
from flows.settings import Settings

SHOWN = {
    "completion_rate": "complete at transition",
    "completion_by_due_rate": "by due",
    "completion_now_rate": "now",
    "first_pass_acceptance_rate": "accepted first pass",
    "eventual_acceptance_rate": "in the end",
    "median_hours_to_acceptance": "median hours",
    "ungoverned_rate": "ungoverned",
    "drop_rate": "dropped",
}
"""Metric → column heading of the table people see first; the published table has them all."""

SIGNS = {"meets": "✓", "misses": "✗", "inconclusive": "~", "insufficient": "…"}
"""Status → sign beside a figure that has a target; words are in the published table."""

QUERY = """
    SELECT handoffs.number, handoffs.title, rows.metric, rows.value, rows.unit, rows.status, rows.n
    FROM handoff_scorecard AS rows
    INNER JOIN dim_handoff AS handoffs ON rows.handoff = handoffs.handoff AND handoffs.is_current
    WHERE rows.dimension = 'all' AND rows.grain = 'all' AND rows.breakdown = ''
    ORDER BY handoffs.number, handoffs.handoff
"""


def scorecard_rows(settings: Settings) -> list[dict[str, Any]]:
    """One row per handoff over all its packets: number, handoff, n and the shown metrics as text with their status."""
    path = settings.published / "current" / "seamkeeper.duckdb"
    if not path.exists():
        raise PublishError(f"{path}: nothing is published yet; run `seamkeeper run`")
    with warehouse.connect(path, read_only=True) as connection:
        found = connection.execute(QUERY).fetchall()
    rows: dict[str, dict[str, Any]] = {}
    for number, title, metric, value, unit, status, n in found:
        row = rows.setdefault(title, {"": number or "", "handoff": title})
        if metric in SHOWN:
            row[SHOWN[metric]] = _figure(value, unit, status)
        if metric == "completion_rate":
            row["packets"] = f"{n:,}"
    return list(rows.values())


def scorecard(settings: Settings, console: Console) -> None:
    """Print the scorecard as a table, with a line on how to read it."""
    rows = scorecard_rows(settings)
    table = Table(title="Handoffs, all packets", title_justify="left")
    headings = ["", "handoff", "packets", *SHOWN.values()]
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("", "handoff") else "right")
    for row in rows:
        table.add_row(*(str(row.get(heading, "")) for heading in headings))
    console.print(table)
    console.print(
        "✓ meets its target  ✗ misses it  ~ inconclusive  … too few  – not measurable",
        style="dim",
        highlight=False,
    )


def in_one_line(result: object) -> str:
    """What a step came to, in one line."""
    if isinstance(result, dict):
        return ", ".join(f"{count:,} {what}" for what, count in result.items()) or "done"
    return str(result)


def _figure(value: float | None, unit: str, status: str | None) -> str:
    if value is None:
        return "–" if status == "not_measurable" else f"not reached {SIGNS.get(status or '', '')}".strip()
    text = f"{value:.1%}" if unit == "share" else f"{value:,.1f}"
    return f"{text} {SIGNS.get(status or '', ' ')}"
