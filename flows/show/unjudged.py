"""Which handoffs are not judged, because a property that they map is not there? A line of each, with what to do."""

from __future__ import annotations

from flows.settings import Settings
from flows.show import generation


def not_judged(settings: Settings) -> dict[str, str]:
    """Handoff → its line, of the active ones that the current generation does not judge."""
    with generation.connect(settings) as connection:
        found = connection.execute(
            "SELECT handoff, not_judged FROM dim_handoff "
            "WHERE not_judged IS NOT NULL AND is_current AND status = 'active' ORDER BY number, handoff"
        ).fetchall()
    return {
        handoff: f"{handoff} is not judged: {said}; bring that back, or mend `source` in contracts/{handoff}.yaml "
        "and compile"
        for handoff, said in found
    }
