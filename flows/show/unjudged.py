"""Of which handoffs is something not judged, because a property that they map is not there? A line of each, with what
to do."""

from __future__ import annotations

from flows.settings import Settings
from flows.show import generation


def not_judged(settings: Settings) -> dict[str, str]:
    """Handoff → its line, of the active ones that the current generation does not judge, or not all of them."""
    with generation.connect(settings) as connection:
        found = connection.execute(
            "SELECT handoff, not_judged, decisions_unread FROM dim_handoff WHERE is_current AND status = 'active' "
            "AND (not_judged IS NOT NULL OR decisions_unread IS NOT NULL) ORDER BY number, handoff"
        ).fetchall()
    return {handoff: _line(handoff, *said) for handoff, *said in found}


def _line(handoff: str, unjudged: str | None, undecided: str | None) -> str:
    troubles = (("is not judged", unjudged), ("has no decisions that count", undecided))
    what = ", and ".join(f"{trouble}: {said}" for trouble, said in troubles if said)
    instead = ", or say `recorded: {decisions: false}`," if undecided else ""
    return f"{handoff} {what}; bring that back, or mend its mapping{instead} in contracts/{handoff}.yaml and compile"
