"""Why has a handoff packets and no completion figure? A line of each of which none has moved, with what to look at."""

from __future__ import annotations

from flows.settings import Settings
from flows.show import generation

QUERY = """
    SELECT handoffs.number, packets.handoff, handoffs.receiver_team, count(*)
    FROM handoff_packets AS packets
    INNER JOIN dim_handoff AS handoffs ON packets.handoff = handoffs.handoff AND handoffs.is_current
    WHERE packets.handoff IN (SELECT handoff FROM handoff_scorecard)
    GROUP BY ALL
    HAVING count(packets.transitioned_at) = 0
    ORDER BY handoffs.number, packets.handoff
"""


def not_moved(settings: Settings) -> list[str]:
    """A line of every scored handoff of which packets are known and none was accepted or crossed."""
    with generation.connect(settings) as connection:
        found = connection.execute(QUERY).fetchall()
    return [
        f"{number}: {count:,} packet{'' if count == 1 else 's'}, none has moved: no acceptance and no crossing was "
        f"found; see `events` in contracts/{handoff}.yaml (mapped without `crossed`, they cross by the first touch of "
        f"{team})"
        for number, handoff, team, count in found
    ]
