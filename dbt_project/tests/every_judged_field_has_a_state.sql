-- A required field without a value must have a verdict: if it has neither, the suite did not ask for it, and that is our bug.

select fields.packet_id, fields.field
from {{ ref('int_packet_fields__judged') }} as fields
inner join {{ ref('int_packets__instants') }} as packets on fields.packet_key = packets.packet_key
where packets.is_judged
    and (
        fields.state_now is null
        or (packets.transitioned_at is not null and fields.state_at_transition is null)
        or (packets.submit_due_at <= (select as_of from {{ source('ops', 'run_context') }}) and fields.state_by_due is null)
    )
