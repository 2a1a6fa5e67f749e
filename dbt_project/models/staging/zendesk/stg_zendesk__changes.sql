select
    _origin, _run_id,
    concat_ws(':', _origin, 'ticket', subject, field, id) as id,
    'record.changed' as type, updated_at as "time", 'ticket' as object, subject, field, "value", actor,
    {{ json_object_of({'route': 'route'}) }} as detail
from {{ ref('stg_zendesk__histories') }}
where _is_new

union all by name

-- good or bad is no number from 0 to 10, so it is no answer to a survey
select
    _origin, _run_id,
    concat_ws(':', _origin, 'satisfaction_rating', id, {{ milliseconds(json_text('content', 'at')) }}) as id,
    'record.changed' as type, {{ json_text('content', 'at') }}::timestamptz as "time", 'ticket' as object,
    {{ json_text('content', 'ticket') }} as subject, 'satisfaction' as field, {{ json_text('content', 'score') }} as "value",
    'zendesk:' || {{ json_text('content', 'by') }} as actor, null as detail
from {{ ref('stg_zendesk__records') }}
where _is_new and object = 'satisfaction_rating' and {{ json_text('content', 'score') }} not in ('offered', 'unoffered')
