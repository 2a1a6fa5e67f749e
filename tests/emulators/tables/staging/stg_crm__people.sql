select
    _origin, _run_id,
    concat_ws(':', _origin, 'person', id, epoch_ms(_pulled_at)) as id,
    'person.set' as type, _pulled_at as "time",
    'crm:' || id as actor, {{ team_name('team') }} as team,
    {{ json_object_of({'email': 'email', 'active': 'true', 'evidence': "'snapshot'"}) }} as detail
from {{ source('raw_crm', 'person') }}
where _is_new
