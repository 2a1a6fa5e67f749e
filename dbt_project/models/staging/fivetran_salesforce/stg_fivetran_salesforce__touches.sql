-- Of the tasks calls and e-mails that are done are touches; an event is one when it takes place, which may lie ahead.

with touches as (

    select
        _origin, _run_id, 'task' as kind, id::varchar as subject, account_id::varchar as account_id, owner_id::varchar as owner_id,
        {{ utc('coalesce(completed_date_time::varchar, last_modified_date::varchar, created_date::varchar)') }} as touched_at
    from {{ raw_rows('fivetran_salesforce', 'task', [
        'account_id', 'owner_id', 'is_closed', 'is_deleted', 'completed_date_time', 'last_modified_date',
        'created_date', 'task_subtype',
    ]) }}
    where _is_new and is_closed::varchar = 'true' and task_subtype::varchar in ('Call', 'Email')
        and coalesce(is_deleted::varchar, 'false') != 'true'

    union all

    select
        _origin, _run_id, 'event' as kind, id::varchar as subject, account_id::varchar as account_id, owner_id::varchar as owner_id,
        {{ utc('coalesce(start_date_time::varchar, activity_date_time::varchar, created_date::varchar)') }} as touched_at
    from {{ raw_rows('fivetran_salesforce', 'event', [
        'account_id', 'owner_id', 'is_deleted', 'start_date_time', 'activity_date_time', 'created_date',
    ]) }}
    where _is_new and coalesce(is_deleted::varchar, 'false') != 'true'

)

select
    _origin, _run_id,
    concat_ws(':', _origin, kind, subject, account_id) as id,
    'account.touched' as type, touched_at as "time", 'salesforce:' || account_id as account,
    'salesforce:' || nullif(owner_id, '') as actor,
    {{ json_object_of({'kind': 'kind'}) }} as detail
from touches
where account_id != ''
