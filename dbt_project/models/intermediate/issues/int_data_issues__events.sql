-- Grain: one row per issue with how an event was told: more than once, or too early.

with superseded as (

    select supersedes as position
    from {{ source('ledger', 'events') }}
    where supersedes is not null

),

told as (

    select
        events.position, events.account, events.handoff, events.subject, events.cycle, events."time",
        events.revision, events.recorded_at, context.as_of
    from {{ source('ledger', 'events') }} as events
    cross join {{ source('ops', 'run_context') }} as context
    anti join superseded on events.position = superseded.position
    where events.source != 'seamkeeper'
        and (events.revision > 1 or (events."time" > context.as_of and events."time" > events.recorded_at))

),

found as (

    select *, 'revised_event' as issue, 'told ' || revision || ' times, each time otherwise: the last one counts' as detail
    from told
    where revision > 1 and "time" <= as_of

    union all

    select *, 'future_event', 'lies in the future still: in no figure yet'
    from told
    where "time" > as_of and "time" > recorded_at

)

select
    keys.packet_key, found.handoff, coalesce(ids.account, found.account) as account, found.position, found.issue, found.detail
from found
left join {{ ref('int_account_ids') }} as ids on found.account = ids.account_id
left join {{ ref('int_packet_keys') }} as keys
    on found.handoff = keys.handoff and found.subject = keys.subject and found.cycle = keys.cycle
