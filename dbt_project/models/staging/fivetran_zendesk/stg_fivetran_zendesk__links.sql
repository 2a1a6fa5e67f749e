select
    _origin, _run_id,
    concat_ws(':', _origin, 'ticket', id::varchar, 'organization', organization_id::varchar) as id,
    'record.linked' as type, coalesce({{ utc('created_at::varchar') }}, _pulled_at) as "time", 'ticket' as object,
    id::varchar as subject, organization_id::varchar as "value",
    {{ json_object_of({'object': "'organization'", 'primary': 'true', 'evidence': "'snapshot'"}) }} as detail
from {{ raw_rows('fivetran_zendesk', 'ticket', ['organization_id', 'created_at']) }}
where _is_new and organization_id is not null
