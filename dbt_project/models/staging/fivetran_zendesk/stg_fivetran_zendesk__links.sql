-- A history says since when a ticket belongs to an organization; where none does, it is told at the ticket's creation, and
-- later when we saw it change.

with changed as (

    select *, lag("value") over (partition by subject order by changed_at) as value_before
    from {{ ref('stg_fivetran_zendesk__histories') }}
    where field = 'organization_id'

),

linked as (

    select
        _origin, _run_id, subject, {{ milliseconds('changed_at') }}::varchar as since, changed_at as linked_at, "value", actor,
        false as is_removed
    from changed
    where _is_new

    union all by name

    select
        _origin, _run_id, subject, {{ milliseconds('changed_at') }}::varchar as since, changed_at as linked_at,
        value_before as "value", actor, true as is_removed
    from changed
    where _is_new

    union all by name

    select *, null as actor, true as is_seen
    from (
        {{ references('fivetran_zendesk', 'ticket', 'organization_id', utc('created_at::varchar')) }}
    )
    where subject not in (select subject from changed)

)

select
    _origin, _run_id,
    concat_ws(':', _origin, 'ticket', subject, 'organization', since, "value", case when is_removed then 'removed' end) as id,
    'record.linked' as type, linked_at as "time", 'ticket' as object, subject, "value", actor,
    {{ json_object_of({
        'object': "'organization'", 'primary': 'true', 'removed': 'case when is_removed then true end',
        'evidence': "case when is_seen then 'snapshot' end",
    }) }} as detail
from linked
where "value" != ''
