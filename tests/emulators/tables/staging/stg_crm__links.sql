select
    _origin, _run_id,
    concat_ws(':', _origin, kind, id, 'account', account_id) as id,
    'record.linked' as type, created_at as "time",
    kind as object, id as subject, account_id as "value",
    {{ json_object_of({'object': "'account'", 'primary': 'true'}) }} as detail
from {{ source('raw_crm', 'record') }}
where _is_new and account_id is not null
