-- HubSpot does not say since when a link is there: at the first sight of a record its links hold from its creation, later
-- ones from when they were seen, and what is linked no more was taken away when that was seen.

with records as (

    select
        _origin, _run_id, _pulled_at, object, id as subject, {{ json_text('content', 'createdAt') }} as created_at,
        before is null as is_first_sight,
        json_extract(content, '$.links') as links, json_extract(before, '$.links') as links_before
    from {{ source('raw_hubspot', 'records') }}
    where _is_new and object in ('contact', 'deal', 'ticket') and json_extract(content, '$.links') is not null

),

linked as (

    select * exclude (links, links_before), true as is_now, {{ json_entries('links') }} from records

    union all by name

    select * exclude (links, links_before), false as is_now, {{ json_entries('links_before') }} from records
    where not is_first_sight

),

targets as (

    select * exclude (entry), entry.key as target, {{ json_items('entry.value', ['id', 'primary']) }}
    from linked

),

compared as (

    select
        _origin, _run_id, _pulled_at, object, subject, created_at, target, id as other,
        bool_or(is_now) as is_there,
        bool_or(not is_now) as was_there,
        any_value("primary") filter (is_now) as "primary",
        any_value("primary") filter (not is_now) as primary_before
    from targets
    group by all

)

select
    compared._origin, compared._run_id,
    concat_ws(
        ':', compared._origin, compared.object, compared.subject, target, other,
        case when not is_first_sight then {{ milliseconds('compared._pulled_at') }} end
    ) as id,
    'record.linked' as type,
    case when is_first_sight then compared.created_at else compared._pulled_at::varchar end as "time",
    compared.object, compared.subject, other as "value",
    {{ json_object_of({
        'object': 'target', 'primary': 'case when "primary" = \'true\' then true end',
        'removed': 'case when not is_there then true end', 'evidence': "'snapshot'",
    }) }} as detail
from compared
inner join records on compared.object = records.object and compared.subject = records.subject
where not (is_there and was_there) or "primary" is distinct from primary_before
