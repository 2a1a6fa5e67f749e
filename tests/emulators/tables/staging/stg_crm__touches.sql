select
    _origin, _run_id,
    concat_ws(':', _origin, 'touch', id) as id,
    'account.touched' as type, happened_at as "time",
    'crm:' || account_id as account, 'crm:' || person_id as actor
from {{ source('raw_crm', 'touch') }}
where _is_new
