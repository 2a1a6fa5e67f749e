select
    regexp_replace(object, '(Field)?History$', '') as object,
    coalesce({{ json_text('content', 'record') }}, id) as subject,
    any_value(_origin) as _origin, max(_run_id) as _run_id
from {{ source('raw_salesforce', 'records') }}
where _is_new and object not in ('property', 'stage', 'User', 'history')
group by 1, 2
