-- Grain: one row per packet: may the business event that its contract gates happen, as of now?

select
    gates.packet_id, gates.handoff, gates.event, gates.mode,
    case when gates.is_open then 'open' else 'closed' end as state,
    gates.since, gates.why, gates.is_complete, gates.is_accepted,
    gates.amount,
    case when gates.amount is not null then organisation.currency end as currency,
    case when gates.event = 'commission' then gates.triggered_at end as booked_at,
    case when gates.event = 'commission' and gates.is_open then gates.since end as comp_eligible_at,
    context.run_id, context.as_of
from {{ ref('int_packets__gates') }} as gates
cross join {{ ref('organisation') }} as organisation
cross join {{ source('ops', 'run_context') }} as context
