-- Grain: handoff × month of the trigger (organisation zone). What became of the packets triggered then; void and withdrawn
-- ones are out. `pending` is neither moved nor dropped.

select
    packets.handoff,
    date_trunc('month', packets.triggered_on)::date as trigger_month,
    count(*) as triggered,
    count(packets.submitted_at) as submitted,
    count(*) filter (packets.is_complete_at_transition) as complete,
    count(packets.decided_at) as decided,
    count(packets.accepted_at) as accepted,
    count(packets.crossed_at) as crossed,
    count(*) filter (packets.is_dropped) as dropped,
    count(*) filter (packets.transitioned_at is null and not coalesce(packets.is_dropped, false)) as pending,
    any_value(context.run_id) as run_id,
    any_value(context.as_of) as as_of
from {{ ref('int_scored_packets') }} as packets
cross join {{ source('ops', 'run_context') }} as context
where packets.status not in ('void', 'withdrawn')
group by packets.handoff, trigger_month
