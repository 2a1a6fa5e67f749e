-- Grain: one row per packet and record of a source system that it is: the one whose trigger opened it, and those that are the
-- same in other systems. Packets that were recorded as events of their own have none.

with records as (

    select handoff, subject, cycle, source_system, object, record
    from {{ ref('int_record_packets') }}

    union

    select packets.handoff, packets.subject, packets.cycle, others.source_system, others.object, others.record
    from {{ ref('int_record_packets') }} as packets
    inner join {{ ref('int_record_subjects') }} as others
        on packets.handoff = others.handoff and packets.subject = others.subject

)

select
    packets.packet_id, packets.handoff, records.source_system, records.object, records.record as record_id,
    context.run_id, context.as_of
from {{ ref('int_scored_packets') }} as packets
inner join records
    on packets.handoff = records.handoff and packets.subject = records.subject and packets.cycle = records.cycle
cross join {{ source('ops', 'run_context') }} as context
