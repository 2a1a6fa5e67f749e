with activities as (

    select
        _origin, _run_id, object, id as subject,
        {{ json_text('content', 'at') }}::timestamptz as touched_at,
        {{ json_text('content', 'account') }} as account_id,
        {{ json_text('content', 'owner') }} as owner_id
    from {{ source('raw_salesforce', 'records') }}
    where _is_new and object in ('Task', 'Event') and {{ json_text('content', 'deleted') }} is null

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject) as id,
    'account.touched' as type, touched_at as "time", 'salesforce:' || account_id as account,
    'salesforce:' || owner_id as actor,
    {{ json_object_of({'kind': 'lower(object)'}) }} as detail
from activities
where account_id is not null
