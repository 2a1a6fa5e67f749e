-- Grain: one row per packet that a record shows, with the trigger (or first act) that opened it, its account, and how long
-- what happens belongs to it.

select
    cycles.handoff, cycles.subject, cycles.cycle, cycles.opened_at, cycles.until,
    anchors.event = 'handoff.triggered' as is_triggered,
    anchors.position, anchors.order_key, anchors.origin, anchors.source_system, anchors.object, anchors.record,
    anchors.actor, anchors.team, anchors.is_snapshot, anchors.account, anchors.receiver_team, cycles.anchor
from {{ ref('int_record_cycles') }} as cycles
inner join {{ ref('int_record_anchors') }} as anchors on cycles.anchor = anchors.anchor
