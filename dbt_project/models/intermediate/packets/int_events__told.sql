{{ config(materialized='view') }}

-- Grain: one row per event of the ledger that had happened by `as_of`, in its latest revision, as it was told: before any
-- mapping.

-- Not materialized: every reader wants other columns and types of the ledger, and the scan reads only those.
with happened as not materialized (

    select
        events.position, coalesce(revisions.first_position, events.position) as place, events.origin, events.id,
        events.source, events.type, events."time", events.sequence, events.account, events.motion, events.object,
        events.handoff, events.subject, events.cycle, events.field, events.value, events.actor, events.team, events.reason, events.detail
    from {{ source('ledger', 'events') }} as events
    anti join {{ ref('int_events__revisions') }} as superseding on events.position = superseding.supersedes
    left join {{ ref('int_events__revisions') }} as revisions on events.position = revisions.position
    where events."time" <= (select as_of from {{ source('ops', 'run_context') }})

),

ordered as not materialized (

    -- the default order within an instant is that of the files: positions, which never tie. A correction keeps the place
    -- of what it corrects: what else happened at that instant happened before or after it all the same.
    select * exclude (place), {{ order_key('place', '0') }} as order_key
    from happened
    where sequence is null

    union all

    select * exclude (place), {{ order_key('sequence', 'row_number() over (partition by "time", sequence order by source, id)') }} as order_key
    from happened
    where sequence is not null

)

select * from ordered
