-- Who changed a property is a user; workflows, imports and integrations are not persons and leave their route.

with properties as (

    select _origin, _run_id, object, id as subject, before, {{ json_entries('content', 'propertiesWithHistory') }}
    from {{ source('raw_hubspot', 'records') }}
    where _is_new and object in ('company', 'contact', 'deal', 'ticket')

),

versions as (

    select
        _origin, _run_id, object, subject, entry.key as field,
        not {{ was_read('before', 'propertiesWithHistory', 'entry.key') }} as is_first_sight,
        {{ json_items('entry.value', ['value', 'timestamp', 'sourceType', 'sourceId', 'updatedByUserId']) }}
    from properties

),

changed as (

    select
        *,
        coalesce("updatedByUserId", regexp_extract("sourceId", '^userId:(\d+)$', 1)) as user_id,
        -- ids survive another way to write a time; two versions of one instant are told apart by their order
        {{ milliseconds('"timestamp"') }} as at_ms,
        row_number() over (partition by object, subject, field, at_ms order by "value") as nth,
        -- HubSpot keeps the newest 45 versions of a contact's property, 20 of others': what was before the oldest of so many
        -- cannot be known, and it is not missing
        row_number() over (partition by object, subject, field order by at_ms) = 1
        and count(*) over (partition by object, subject, field) >= case object when 'contact' then 45 else 20 end
        and is_first_sight as is_cut_off
    from versions

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, at_ms, case when nth > 1 then nth end) as id,
    'record.changed' as type, "timestamp" as "time", object, subject, field, nullif("value", '') as "value",
    case when user_id != '' then 'hubspot:user:' || user_id end as actor,
    {{ json_object_of({'route': '"sourceType"', 'evidence': "case when is_cut_off then 'snapshot' end"}) }} as detail
from changed
