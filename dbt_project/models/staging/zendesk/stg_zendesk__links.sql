-- Events say since when a ticket belongs to an organization; where none does, it is told at the ticket's creation.

with histories as (

    select * from {{ ref('stg_zendesk__histories') }} where field = 'organization_id'

),

linked as (

    select _origin, _run_id, subject, id as since, updated_at as "time", "value", actor, null as removed
    from histories
    where _is_new

    union all by name

    select _origin, _run_id, subject, id as since, updated_at as "time", value_before as "value", actor, true as removed
    from histories
    where _is_new

    union all by name

    select
        told._origin, told._run_id, told.id as subject, 'created' as since,
        {{ json_text('told.content', 'created_at') }}::timestamptz as "time",
        {{ json_text('told.content', 'properties.organization_id') }} as "value", null as actor, null as removed
    from {{ ref('stg_zendesk__records') }} as told
    anti join histories on told.id = histories.subject
    where told._is_new and told.object = 'ticket'

)

select
    _origin, _run_id,
    concat_ws(':', _origin, 'ticket', subject, 'organization', since, "value", case when removed then 'removed' end) as id,
    'record.linked' as type, "time", 'ticket' as object, subject, "value", actor,
    {{ json_object_of({
        'object': "'organization'", 'primary': 'true', 'removed': 'case when removed then true end',
        'evidence': "case when since = 'created' then 'snapshot' end",
    }) }} as detail
from linked
where "value" is not null
