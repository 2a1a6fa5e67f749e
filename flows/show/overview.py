"""What does a person read first? The scorecard as one table: completion at the transition, by due and now.

Out: text on a terminal, as many columns as there is room for, or rows for Prefect's artifact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from rich.console import Console
from rich.text import Text

from flows.inert import visible
from flows.settings import Settings
from flows.show import filling, generation, unmoved
from flows.show.columns import padded, print_lines, width
from flows.show.figures import LEGEND, STYLES, Figure, figure


class Shown(NamedTuple):
    """A metric's heading, in two lines, and its rank: the highest is left out first to save room."""

    heading: tuple[str, str]
    rank: int


SHOWN = {
    "completion_rate": Shown(("complete at", "transition"), 1),
    "completion_by_due_rate": Shown(("complete", "by due"), 3),
    "completion_now_rate": Shown(("complete", "now"), 2),
    "first_pass_acceptance_rate": Shown(("accepted", "1st pass"), 4),
    "eventual_acceptance_rate": Shown(("accepted", "ever"), 8),
    "median_hours_to_acceptance": Shown(("hours to", "accept"), 5),
    "ungoverned_rate": Shown(("un-", "governed"), 6),
    "drop_rate": Shown(("", "dropped"), 7),
}
"""Metric → column of the table people see first; the published table has them all."""

QUERY = """
    SELECT
        handoffs.number || ' ' || handoffs.title AS name,
        rows.metric, rows.value, rows.unit, rows.status, rows.n, rows.as_of
    FROM handoff_scorecard AS rows
    INNER JOIN dim_handoff AS handoffs ON rows.handoff = handoffs.handoff AND handoffs.is_current
    WHERE rows.dimension = 'all' AND rows.grain = 'all' AND rows.breakdown = ''
    ORDER BY handoffs.number, handoffs.handoff
"""


@dataclass(frozen=True)
class Row:
    """One handoff over all its packets; `packets` is what its completion is a share of."""

    handoff: str
    packets: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True)
class Scorecard:
    """What a generation says of every active handoff; `as_of` is its run's "now", None without a handoff."""

    as_of: datetime | None
    rows: Sequence[Row]


def read(settings: Settings) -> Scorecard:
    """The current generation's scorecard. Raises PublishError if nothing is published yet."""
    with generation.connect(settings) as connection:
        found = connection.execute(QUERY).fetchall()
    packets: dict[str, int] = {}
    figures: dict[str, dict[str, Figure]] = {}
    for name, metric, value, unit, status, n, _ in found:
        of_handoff = figures.setdefault(name, {})
        if metric in SHOWN:
            of_handoff[metric] = figure(value, unit, status)
        if metric == "completion_rate":
            packets[name] = n
    rows = [Row(name, packets.get(name, 0), figures[name]) for name in figures]
    return Scorecard(found[0][-1] if found else None, rows)


def scorecard_rows(settings: Settings) -> list[dict[str, str]]:
    """The scorecard as Prefect shows it: a row per handoff, every figure with its status in words."""
    rows = []
    for row in read(settings).rows:
        figures = {metric: row.figures.get(metric, Figure("")) for metric in SHOWN}
        texts = {metric: figure.text + figure.verdict(in_words=True) for metric, figure in figures.items()}
        rows.append({"handoff": row.handoff, "packets": f"{row.packets:,}", **texts})
    return rows


def scorecard(settings: Settings, console: Console) -> None:
    """Print the scorecard: statuses in words, and the less important columns, only where there is room."""
    card = read(settings)
    if card.as_of is None:
        console.print("no handoff is active: there is nothing to score", highlight=False)
        return
    metrics = list(SHOWN)
    in_words = width(_columns(card, metrics, in_words=True)) <= console.width
    while width(_columns(card, metrics, in_words)) > console.width and len(metrics) > 1:
        metrics.remove(max(metrics, key=lambda metric: SHOWN[metric].rank))
    columns = _columns(card, metrics, in_words)
    console.print(
        f"Handoffs as of {card.as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC, all packets", style="bold"
    )
    for line in _lines(card, metrics, columns):
        console.print(line, soft_wrap=True)
    console.print(LEGEND, style="dim", highlight=False)
    print_lines(console, unmoved.not_moved(settings))
    _filled_later(settings, console)


def _filled_later(settings: Settings, console: Console) -> None:
    """Why "now" looks better than the transition: how many packets were completed later, and the newest three."""
    later = filling.read(settings, at_most=3)
    if later.completed:
        for line in (f"{filling.in_short(later)}:", *filling.newest(later)):
            console.print(visible(line), markup=False, emoji=False, highlight=False)


def _columns(card: Scorecard, metrics: Sequence[str], in_words: bool) -> list[list[str]]:
    """The table, column by column: two lines of heading, then the rows, all padded to the column's width."""
    columns = [
        padded(["", "handoff", *(row.handoff for row in card.rows)], at_the_end=True),
        padded(["", "packets", *(f"{row.packets:,}" for row in card.rows)]),
    ]
    for metric in metrics:
        figures = [row.figures.get(metric, Figure("")) for row in card.rows]
        room = max(len(figure.verdict(in_words)) for figure in figures)
        cells = [figure.text + figure.verdict(in_words).ljust(room) for figure in figures]
        columns.append(padded([*SHOWN[metric].heading, *cells]))
    return columns


def _lines(card: Scorecard, metrics: Sequence[str], columns: Sequence[Sequence[str]]) -> list[Text]:
    """The columns as lines of a terminal, each figure in the colour of its status."""
    first, second, *cells = [list(line) for line in zip(*columns, strict=True)]
    lines = [Text(" ".join(first)), Text(" ".join(second)), Text("─" * width(columns))]
    for row, texts in zip(card.rows, cells, strict=True):
        statuses = [None, None, *(row.figures.get(metric, Figure("")).status for metric in metrics)]
        styled = [
            Text(text, STYLES.get(status or "", "")) for text, status in zip(texts, statuses, strict=True)
        ]
        lines.append(Text(" ").join(styled))
    return lines
