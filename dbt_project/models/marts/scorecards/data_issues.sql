-- Grain: one row per issue and the event that has it. What is odd is kept, told here, and out of the figures it would spoil.
-- No values: they may be personal data; the event's id leads to them.

with issues as (

    select issue, packet_key, null as handoff, null as account, position, detail from {{ ref('int_data_issues__packets') }}

    union all by name

    select issue, account, position, detail from {{ ref('int_data_issues__accounts') }}

    union all by name

    select issue, packet_key, handoff, account, position, detail from {{ ref('int_data_issues__events') }}

    union all by name

    select issue, packet_key, account, position, detail from {{ ref('int_data_issues__records') }}

),

placed as (

    select
        issues.issue,
        coalesce(packets.handoff, issues.handoff) as handoff,
        packets.packet_id,
        coalesce(packets.account, issues.account) as account,
        events.source as event_source, events.id as event_id,
        issues.detail
    from issues
    inner join {{ source('ledger', 'events') }} as events on issues.position = events.position
    left join {{ ref('int_packets') }} as packets on issues.packet_key = packets.packet_key

    union all

    -- too many to be told one by one
    select
        'day_precision', null, null, null, source, null,
        count(*) || ' events state a day and no time: each counts at the end of its day'
    from {{ source('ledger', 'events') }}
    where time_precision = 'day' and source != 'seamkeeper'
    group by source

)

select placed.*, context.run_id, context.as_of
from placed
cross join {{ source('ops', 'run_context') }} as context
