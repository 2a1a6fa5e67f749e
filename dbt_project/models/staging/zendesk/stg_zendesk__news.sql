select
    coalesce({{ json_text('content', 'ticket') }}, id) as subject, any_value(_origin) as _origin, max(_run_id) as _run_id
from {{ ref('stg_zendesk__records') }}
where _is_new and object in ('ticket', 'ticket_event', 'satisfaction_rating')
group by 1
