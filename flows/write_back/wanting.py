"""What should records say? Of each record and handoff the gate of its newest crossing, and which fields that lacks.

In: the current generation. Out: one `Writing` per record and handoff. A crossing that was withdrawn or void gives way
to one before it, if there is one. Nothing is said of packets triggered before `alerts_from`, of handoffs without a
gate, planned or not judged, nor while nobody can see whether a field is there. What is not judged lacks nothing: that
is so before the submission, and once a packet was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from zoneinfo import ZoneInfo

from contracts import Catalogue
from contracts.model import Contract
from flows import publishing
from flows.settings import Settings
from flows.writings import Writing

NEWEST = """
    WITH newest AS (
        SELECT records.object, records.record_id, packets.*
        FROM packet_records AS records
        INNER JOIN handoff_packets AS packets ON records.packet_id = packets.packet_id
        WHERE records.source_system = $system
        QUALIFY row_number() OVER (
            PARTITION BY packets.handoff, records.object, records.record_id
            ORDER BY packets.status IN ('void', 'withdrawn'), packets.cycle DESC
        ) = 1
    )

    SELECT
        newest.object, newest.record_id, newest.handoff, newest.packet_id, newest.contract_version, gates.state,
        list((failures.field, failures.fault)) FILTER (failures.field IS NOT NULL)
    FROM newest
    INNER JOIN gate_decisions AS gates ON newest.packet_id = gates.packet_id
    LEFT JOIN contract_failures AS failures
        ON newest.packet_id = failures.packet_id AND failures.moment = 'now' AND failures.severity = 'critical'
    WHERE newest.triggered_at >= $alerts_from AND list_contains($handoffs, newest.handoff) AND gates.mode != 'none'
        AND (newest.is_complete_now IS NOT NULL OR newest.status IN ('draft', 'withdrawn', 'void'))
        AND newest.handoff NOT IN (SELECT handoff FROM dim_handoff WHERE is_current AND not_judged IS NOT NULL)
    GROUP BY ALL
    ORDER BY newest.object, newest.record_id, newest.handoff
"""


def read(
    settings: Settings, catalogue: Catalogue, system: str, names: Mapping[str, tuple[str, str]]
) -> list[Writing]:
    """What the current generation has records of this system say, of the handoffs that have names of properties."""
    from flows import warehouse

    zone, alerts_from = ZoneInfo(catalogue.organisation.zone), catalogue.organisation.alerts_from
    generation = publishing.current(settings)
    if alerts_from is None or generation is None:
        return []
    asked = {
        "system": system,
        "handoffs": list(names),
        "alerts_from": datetime.combine(alerts_from, time(), zone),
    }
    with warehouse.connect(generation / publishing.DATABASE, read_only=True) as connection:
        rows = connection.execute(NEWEST, asked).fetchall()
    return [
        Writing(
            object_,
            record_id,
            handoff,
            packet_id,
            state,
            _missing(catalogue.contract(handoff), version, faults),
            names[handoff],
        )
        for object_, record_id, handoff, packet_id, version, state, faults in rows
    ]


def _missing(contract: Contract, version: str, faults: Iterable[tuple[str, str]] | None) -> tuple[str, ...]:
    """The titles of the fields that fail, in the contract's order; a value that is there and no good says so."""
    failing = dict(faults or ())
    fields = next(one for one in contract.versions if one.version == version).fields
    return tuple(
        field.title if failing[field.name] == "missing" else f"{field.title} ({failing[field.name]})"
        for field in fields
        if field.name in failing
    )
