with told as (

    select
        _origin, _run_id, _is_new, update_id, subject, updated_at,
        {{ json_items('changes', ['id', 'field', 'before', 'value', 'actor', 'route']) }}
    from {{ ref('stg_zendesk__updates') }}

)

select
    * exclude ("before", "value", actor),
    nullif("before", '') as value_before, nullif("value", '') as "value", 'zendesk:' || actor as actor,
    row_number() over (partition by subject, field order by updated_at desc, id::bigint desc) as nth_last
from told
