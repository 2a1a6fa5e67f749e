with told as (

    select _origin, _run_id, _pulled_at, object, id as subject, {{ json_entries('content') }}
    from {{ source('raw_salesforce', 'records') }}
    where _is_new and object in ('property', 'stage')

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, entry.key, {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, entry.key as field, {{ json_text('entry.value') }} as "value",
    {{ json_object_of({'evidence': "'snapshot'"}) }} as detail
from told
