-- HubSpot does not say since when; told at the record's creation. Its own types of an association: 1, 5 and 26 are primary.

with records as (

    {% for object, id in {'contact': 'id', 'deal': 'deal_id', 'ticket': 'id'}.items() %}
    select
        _is_new, _origin, _run_id, _pulled_at, '{{ object }}' as object, {{ id }}::varchar as subject,
        {{ 'property_associatedcompanyid' if object == 'contact' else 'null' }}::varchar as company_id,
        coalesce({{ utc('property_createdate::varchar') }}, _pulled_at) as created_at
    from {{ raw_rows('fivetran_hubspot', object, ['property_createdate', 'property_associatedcompanyid']) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

linked as (

    {% for object, target in [('contact', 'company'), ('deal', 'company'), ('ticket', 'company'), ('ticket', 'deal')] %}
    select
        _is_new, _origin, _run_id, _pulled_at, '{{ object }}' as object, {{ object }}_id::varchar as subject,
        '{{ target }}' as target, {{ target }}_id::varchar as "value", type_id::varchar in ('1', '5', '26') as is_primary,
        _fivetran_deleted::varchar = 'true' as is_removed
    from {{ raw_rows('fivetran_hubspot', object ~ '_' ~ target, ['type_id', '_fivetran_deleted']) }}
    union all
    {% endfor %}
    select _is_new, _origin, _run_id, _pulled_at, object, subject, 'company', company_id, true, false
    from records
    where company_id != ''

),

-- an association has a row per type of it
links as (

    select
        object, subject, target, "value", max(_origin) as _origin, max(_run_id) as _run_id, max(_pulled_at) as _pulled_at,
        coalesce(bool_or(is_primary), false) as is_primary, coalesce(bool_and(is_removed), false) as is_removed
    from linked
    group by object, subject, target, "value"
    having bool_or(_is_new)

)

select
    links._origin, links._run_id,
    concat_ws(
        ':', links._origin, links.object, links.subject, links.target, links."value",
        case when is_removed then concat('removed:', {{ milliseconds('links._pulled_at') }}) end
    ) as id,
    'record.linked' as type,
    case when is_removed then links._pulled_at else coalesce(records.created_at, links._pulled_at) end as "time",
    links.object, links.subject, links."value",
    {{ json_object_of({
        'object': 'links.target', 'primary': 'case when is_primary then true end',
        'removed': 'case when is_removed then true end', 'evidence': "'snapshot'",
    }) }} as detail
from links
left join records on links.object = records.object and links.subject = records.subject
