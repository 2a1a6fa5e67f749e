-- Grain: one row per person and span of time in which the same was known of them: their team, whether they are a system
-- user, and whether they are still there. What a later `person.set` leaves out stays as it was. A person's ids in several
-- systems (int_person_ids) are one person: what was said of each holds for all, in the order of time.

with said as (

    select
        coalesce(ids.person, told.actor) as person,
        told."time" as since,
        {{ last_of('told.team') }} as team,
        {{ last_of("json_extract_string(told.detail, '$.kind')") }} as kind,
        {{ last_of("json_extract_string(told.detail, '$.active')") }} as active
    from {{ ref('int_events__told') }} as told
    left join {{ ref('int_person_ids') }} as ids on told.actor = ids.id
    where told.type = 'person.set'
    group by all

)

select
    person,
    since,
    coalesce(lead(since) over (partition by person order by since), 'infinity'::timestamptz) as until,
    last_value(team ignore nulls) over known as team,
    coalesce(last_value(kind ignore nulls) over known, 'person') = 'system' as is_system,
    coalesce(last_value(active ignore nulls) over known, 'true') = 'true' as is_active
from said
window known as (partition by person order by since rows between unbounded preceding and current row)
