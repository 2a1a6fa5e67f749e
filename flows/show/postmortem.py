"""Why did they leave? One page per account: every packet with its decisions, edits and clocks, in order.

In: the current generation. Out: text on a terminal; names of fields, no values. "Associated", never "because".
"""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console

from contracts.errors import QuestionError
from flows.settings import Settings
from flows.show import generation, timeline
from flows.show.columns import print_lines
from flows.warehouse import Connection

ACCOUNT = """
    SELECT account, name, segment, started_at, churned_at, is_involuntary_churn, arr, as_of
    FROM dim_account
    WHERE account = $account OR list_contains(from_json(account_ids, '["varchar"]'), $account)
    ORDER BY account = $account DESC, account LIMIT 1
"""
NEAR = "SELECT account FROM dim_account ORDER BY levenshtein(account, ?), account LIMIT 1"
PACKETS = "SELECT packet_id FROM handoff_packets WHERE account = ? ORDER BY triggered_at, packet_id"
ASKED_TWICE = """
    SELECT handoff, count(*) FILTER (WHERE is_rediscovered), count(*) FROM handoff_accounts
    WHERE account = ? GROUP BY handoff HAVING count(*) FILTER (WHERE is_rediscovered) > 0 ORDER BY handoff
"""


def postmortem(settings: Settings, console: Console, account: str) -> None:
    """Print an account's page. Raises QuestionError if there is none, under this id or any other of its ids."""
    with generation.connect(settings) as connection:
        print_lines(console, lines(connection, account))


def lines(connection: Connection, account: str) -> list[str]:
    """The page, line by line."""
    found = connection.execute(ACCOUNT, {"account": account}).fetchone()
    if found is None:
        near = connection.execute(NEAR, [account[:200]]).fetchone()
        raise QuestionError(
            f"there is no account {account}; {f'did you mean {near[0]}?' if near else 'there is none at all'}"
        )
    id_, name, segment, started, churned, is_involuntary, arr, as_of = found
    packets = [packet for (packet,) in connection.execute(PACKETS, [id_]).fetchall()]
    end = f"left {_day(churned)}{' (involuntary)' if is_involuntary else ''}" if churned else "is still there"
    told = [
        f"{id_}{f'  {name}' if name else ''}, as of {_day(as_of)}",
        f"  started {_day(started)}, {end}"
        + (f", segment {segment}" if segment else "")
        + (f", ARR {arr:,.0f}" if arr is not None else ""),
        f"  {len(packets)} {'handoff' if len(packets) == 1 else 'handoffs'}",
    ]
    told += [
        f"  asked twice after {again} of {number} {handoff}"
        for handoff, again, number in connection.execute(ASKED_TWICE, [id_]).fetchall()
    ]
    for packet in packets:
        told += ["", *timeline.lines(connection, packet)]
    return told


def _day(instant: datetime | None) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d}" if instant else "on a day nobody told"
