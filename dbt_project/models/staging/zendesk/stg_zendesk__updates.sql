with updates as (

    select *, {{ json_text('content', 'ticket') }} as subject
    from {{ ref('stg_zendesk__records') }}
    where object = 'ticket_event'

)

select
    updates._origin, updates._run_id, updates._is_new, updates.id as update_id, updates.subject,
    {{ json_text('content', 'at') }}::timestamptz as updated_at,
    {{ json_text('content', 'by') }} as user_id,
    {{ json_text('content', 'is_answer') }} = 'true' as is_answer,
    json_extract(content, '$.changes') as changes
from updates
semi join {{ ref('stg_zendesk__news') }} as news on updates.subject = news.subject
