-- Grain: one row per person who has gone as of now: cannot answer, and must not be asked.

select persons.person
from {{ ref('int_persons') }} as persons
cross join {{ source('ops', 'run_context') }} as context
where context.as_of >= persons.since and context.as_of < persons.until and not persons.is_active
