-- HubSpot does not say since when: at first since the record's creation; what is made again, or in the place of another, since
-- we saw it. Its own types of an association: 1, 5 and 26 are primary.

with records as (

    {% for object, id in {'contact': 'id', 'deal': 'deal_id', 'ticket': 'id'}.items() %}
    select
        _is_new, _origin, _run_id, _pulled_at, '{{ object }}' as object, {{ id }}::varchar as subject,
        {{ 'property_associatedcompanyid' if object == 'contact' else 'null' }}::varchar as company_id,
        {{ recorded("'property_associatedcompanyid'") if object == 'contact' else 'null::varchar' }} as company_id_before,
        _before is not null as is_known, coalesce({{ utc('property_createdate::varchar') }}, _pulled_at) as created_at
    from {{ raw_rows('fivetran_hubspot', object, ['property_createdate', 'property_associatedcompanyid']) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- `was_removed`: what was last recorded; null where nothing was
linked as (

    {% for object, target in [('contact', 'company'), ('deal', 'company'), ('ticket', 'company'), ('ticket', 'deal')] %}
    select
        _is_new, _origin, _run_id, _pulled_at, '{{ object }}' as object, {{ object }}_id::varchar as subject,
        '{{ target }}' as target, {{ target }}_id::varchar as "value", type_id::varchar in ('1', '5', '26') as is_primary,
        coalesce(_fivetran_deleted::varchar = 'true', false) as is_removed,
        case
            when not _is_new then is_removed
            when _before is not null then coalesce({{ recorded("'_fivetran_deleted'") }} = 'true', false)
        end as was_removed
    from {{ raw_rows('fivetran_hubspot', object ~ '_' ~ target, ['type_id', '_fivetran_deleted']) }}
    union all
    {% endfor %}
    select
        _is_new, _origin, _run_id, _pulled_at, object, subject, 'company', company_id, true, false,
        case
            when not _is_new then false
            when is_known then company_id is distinct from company_id_before
        end
    from records
    where company_id != ''
    union all
    select _is_new, _origin, _run_id, _pulled_at, object, subject, 'company', company_id_before, true, true, false
    from records
    where _is_new and company_id_before != coalesce(company_id, '')

),

-- an association has a row per type of it
links as (

    select
        object, subject, target, "value", max(_origin) as _origin, max(_run_id) as _run_id, max(_pulled_at) as _pulled_at,
        coalesce(bool_or(is_primary and not is_removed), false) as is_primary, bool_and(is_removed) as is_removed,
        coalesce(bool_and(was_removed), false) as was_removed
    from linked
    group by object, subject, target, "value"
    having bool_or(_is_new)

)

select
    links._origin, links._run_id,
    concat_ws(
        ':', links._origin, links.object, links.subject, links.target, links."value",
        case when is_removed then 'removed' when was_removed then 'again' end,
        case when is_removed or was_removed then {{ milliseconds('links._pulled_at') }} end
    ) as id,
    'record.linked' as type,
    case
        when is_removed or was_removed then links._pulled_at
        else coalesce(records.created_at, links._pulled_at)
    end as "time",
    links.object, links.subject, links."value",
    {{ json_object_of({
        'object': 'links.target', 'primary': 'case when is_primary then true end',
        'removed': 'case when is_removed then true end', 'evidence': "'snapshot'",
    }) }} as detail
from links
left join records on links.object = records.object and links.subject = records.subject
