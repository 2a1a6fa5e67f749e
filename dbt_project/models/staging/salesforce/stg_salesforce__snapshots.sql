-- A value that is not the last one of its history contradicts it; a field without history may have been cleared since we last
-- saw it, so that nothing is said, too.

with compared as (

    select
        told.*, last.is_told, last.new_value as last_value, last.changed_at as last_changed_at,
        last.subject is not null as has_history
    from {{ ref('stg_salesforce__values') }} as told
    left join {{ ref('stg_salesforce__histories') }} as last
        on told.object = last.object and told.subject = last.subject and told.field = last.field and last.nth_last = 1
    where told._is_new

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, 'seen', {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, field, "value",
    {{ json_object_of({'evidence': "'snapshot'", 'contradicts_history': 'case when is_told then true end'}) }} as detail
from compared
where case
    -- changed again after we read it: the next pull reads it again
    when last_changed_at > changed_at + interval 1 minute then false
    when is_told then coalesce("value", '') != coalesce(last_value, '')
        -- a number may be written in two ways
        and try_cast("value" as double) is distinct from coalesce(try_cast(last_value as double), -1e300)
    when has_history then true
    else not is_whole
end
    and not {{ was_told('before', 'properties', 'field', '"value"') }}

union all by name

{{ deletion_events(source('raw_salesforce', 'records'), ['Lead', 'Opportunity', 'Account', 'Contact', 'Case', 'Contract']) }}
