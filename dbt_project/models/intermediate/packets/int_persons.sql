-- Grain: one row per person and span of time in which the same was known of them: their team, and whether they are a
-- system user. What a later `person.set` leaves out stays as it was.

with said as (

    select
        actor as person,
        "time" as since,
        {{ last_of('team') }} as team,
        {{ last_of("json_extract_string(detail, '$.kind')") }} as kind
    from {{ ref('int_events') }}
    where type = 'person.set'
    group by actor, "time"

)

select
    person,
    since,
    coalesce(lead(since) over (partition by person order by since), 'infinity'::timestamptz) as until,
    last_value(team ignore nulls) over known as team,
    coalesce(last_value(kind ignore nulls) over known, 'person') = 'system' as is_system
from said
window known as (partition by person order by since rows between unbounded preceding and current row)
