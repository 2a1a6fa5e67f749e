-- Grain: one row per configured or recorded source. How old is what we know of it? `last_event_at` is the newest instant
-- at which something happened there (future-dated events included), `last_recorded_at` when we last learned anything.

with recorded as (

    select origin, count(*) as events, max("time") as last_event_at, max(recorded_at) as last_recorded_at
    from {{ source('ledger', 'events') }}
    group by origin

)

select
    coalesce(declared.name, recorded.origin) as source,
    declared.kind,
    declared.name is not null as is_configured,
    coalesce(recorded.events, 0) as events,
    recorded.last_event_at,
    recorded.last_recorded_at,
    pulls.source is not null as is_pulled,
    {{ hours_between('recorded.last_event_at', 'context.as_of') }} as hours_since_last_event,
    context.run_id, context.as_of
from {{ source('ops', 'sources') }} as declared
full outer join recorded on declared.name = recorded.origin
left join {{ source('ops', 'pulls') }} as pulls on coalesce(declared.name, recorded.origin) = pulls.source
cross join {{ source('ops', 'run_context') }} as context
where coalesce(recorded.origin, '') != 'seamkeeper'
