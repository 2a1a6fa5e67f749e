-- A value that is not the last one of its history contradicts it.

with current_values as (

    select
        _origin, _run_id, _pulled_at, object, id as subject, content, before,
        {{ json_entries('content', 'properties') }}
    from {{ source('raw_hubspot', 'records') }}
    where _is_new and object in ('company', 'contact', 'deal', 'ticket')

),

compared as (

    select
        _origin, _run_id, _pulled_at, object, subject, before, entry.key as field, {{ json_text('entry.value') }} as "value",
        json_extract_string(content, '$.propertiesWithHistory."' || entry.key || '"[0].timestamp') as last_changed_at,
        json_extract_string(content, '$.propertiesWithHistory."' || entry.key || '"[0].value') as last_value
    from current_values

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, 'seen', {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, field, "value",
    {{ json_object_of({'evidence': "'snapshot'", 'contradicts_history': 'case when last_changed_at is not null then true end'}) }} as detail
from compared
where coalesce("value", '') != coalesce(last_value, '')
    and not {{ was_told('before', 'properties', 'field', '"value"') }}

union all by name

{{ deletion_events(source('raw_hubspot', 'records'), ['company', 'contact', 'deal', 'ticket']) }}
