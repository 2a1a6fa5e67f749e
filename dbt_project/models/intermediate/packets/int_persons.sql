-- Grain: one row per person and instant at which something was said of them: their team and kind from then on.

select
    actor as person,
    "time" as since,
    {{ last_of('team') }} as team,
    coalesce({{ last_of("json_extract_string(detail, '$.kind')") }}, 'person') = 'system' as is_system
from {{ ref('int_events') }}
where type = 'person.set'
group by actor, "time"
