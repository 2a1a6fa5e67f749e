with linked as (

    select
        _origin, _run_id, object, id as subject, {{ json_text('content', 'createdAt') }} as created_at,
        {{ json_entries('content', 'links') }}
    from {{ source('raw_hubspot', 'records') }}
    where _is_new and object in ('contact', 'deal', 'ticket')

),

targets as (

    select
        _origin, _run_id, object, subject, created_at, entry.key as target,
        {{ json_items('entry.value', ['id', 'primary']) }}
    from linked

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, target, id) as id,
    'record.linked' as type, created_at as "time", object, subject, id as "value",
    {{ json_object_of({'object': 'target', 'primary': 'case when "primary" = \'true\' then true end', 'evidence': "'snapshot'"}) }} as detail
from targets
