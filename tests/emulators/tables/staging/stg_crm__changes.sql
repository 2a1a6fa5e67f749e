-- Grain: one row per line of the audit log, per deleted record, and per account's domain, of which there is no history.

select
    _origin, _run_id,
    concat_ws(':', _origin, 'change', id) as id,
    'record.changed' as type, changed_at as "time",
    kind as object, record_id as subject, property as field, "value",
    'crm:' || changed_by as actor,
    null as detail
from {{ source('raw_crm', 'change') }}
where _is_new

union all

select
    _origin, _run_id,
    concat_ws(':', _origin, kind, id, 'deleted'),
    'record.changed', deleted_at,
    kind, id, 'deleted', 'true',
    null, null
from {{ source('raw_crm', 'record') }}
where _is_new and deleted_at is not null

union all

select
    _origin, _run_id,
    concat_ws(':', _origin, 'account', id, 'domain', epoch_ms(_pulled_at)),
    'record.changed', _pulled_at,
    'account', id, 'domain', domain,
    null, {{ json_object_of({'evidence': "'snapshot'"}) }}
from {{ source('raw_crm', 'account') }}
where _is_new
