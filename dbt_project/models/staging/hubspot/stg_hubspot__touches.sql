with engagements as (

    select
        _origin, _run_id, object, id as subject,
        coalesce({{ json_text('content', 'properties.hs_timestamp') }}, {{ json_text('content', 'createdAt') }}) as touched_at,
        {{ json_text('content', 'properties.hubspot_owner_id') }} as owner_id,
        json_extract(content, '$.links.company') as companies
    from {{ source('raw_hubspot', 'records') }}
    where _is_new and object in ('meeting', 'call', 'note') and {{ json_text('content', 'deleted') }} is null
        -- a meeting that did not take place touched nobody
        and coalesce({{ json_text('content', 'properties.hs_meeting_outcome') }}, '')
        not in ('CANCELED', 'NO_SHOW', 'RESCHEDULED')

),

targets as (

    select * exclude (companies), {{ json_items('companies', ['id']) }} from engagements

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, id) as id,
    'account.touched' as type, touched_at as "time", 'hubspot:' || id as account,
    'hubspot:' || nullif(owner_id, '') as actor,
    {{ json_object_of({'kind': 'object'}) }} as detail
from targets
