-- A value that is not the last one of the ticket's events contradicts them; what they never tell, and organizations have none,
-- may have been cleared since we last saw it, so that nothing is said, too.

with current_values as (

    select
        _origin, _run_id, _pulled_at, object, id as subject, changed_at, before, true as is_told_by_events,
        {{ json_entries('content', 'properties') }}
    from {{ ref('stg_zendesk__records') }}
    where _is_new and object = 'ticket'

    union all by name

    select
        _origin, _run_id, _pulled_at, object, id as subject, changed_at, before, false as is_told_by_events,
        {{ json_entries('content', 'seen') }}
    from {{ ref('stg_zendesk__records') }}
    where _is_new and object in ('ticket', 'organization')

),

compared as (

    select
        told.* exclude (entry), told.entry.key as field, {{ json_text('told.entry.value') }} as "value",
        last.subject is not null as has_history, last."value" as last_value, last.updated_at as last_changed_at
    from current_values as told
    left join {{ ref('stg_zendesk__histories') }} as last
        on told.object = 'ticket' and told.subject = last.subject and told.entry.key = last.field and last.nth_last = 1

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, 'seen', {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, field, "value",
    {{ json_object_of({'evidence': "'snapshot'", 'contradicts_history': 'case when has_history then true end'}) }} as detail
from compared
where case
    -- changed again after we read it: the next pull reads it again
    when last_changed_at > changed_at + interval 1 minute then false
    -- an empty list and an unchecked box are told by no event
    when is_told_by_events then
        coalesce("value", '') != coalesce(last_value, '')
        and not (last_value is null and "value" in ('false', '[]'))
        and try_cast("value" as double) is distinct from coalesce(try_cast(last_value as double), -1e300)
    else true
end
    and not case
        when is_told_by_events then {{ was_told('before', 'properties', 'field', '"value"') }}
        else {{ was_told('before', 'seen', 'field', '"value"') }}
    end

union all by name

{{ deletion_events(ref('stg_zendesk__records'), ['ticket', 'organization']) }}
