-- Grain: one row per packet (handoff × subject × cycle): the integer that joins it within this run. A packet exists from
-- its first trigger, submission, decision or crossing: an assignment or a field alone makes none.

with packets as (

    select distinct handoff, subject, cycle
    from {{ ref('int_events') }}
    where type in (
        'handoff.triggered', 'handoff.submitted', 'handoff.accepted', 'handoff.rejected', 'handoff.crossed'
    )

)

select row_number() over () as packet_key, packets.*
from packets
where handoff in (select handoff from {{ ref('contract_versions') }})
