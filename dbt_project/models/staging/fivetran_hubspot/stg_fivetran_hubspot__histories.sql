-- Who changed a property is a user; workflows, imports and integrations are not persons and leave their route. What has no
-- property history is told by the versions of its record, where the loader keeps them.

with versions as (

    {% for object in ['company', 'contact', 'deal', 'ticket'] %}
    select
        _origin, _run_id, _is_new, '{{ object }}' as object, {{ object }}_id::varchar as subject, name as field,
        {{ utc('coalesce("timestamp"::varchar, timestamp_instant::varchar)') }} as changed_at,
        "value"::varchar as "value", source::varchar as source, source_id::varchar as source_id
    from {{ raw_rows('fivetran_hubspot', object ~ '_property_history',
        [object ~ '_id', 'name', 'timestamp', 'timestamp_instant', 'value', 'source', 'source_id'], current=false) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

told as (

    select
        versions.* exclude (source_id),
        'hubspot:user:' || nullif(regexp_extract(source_id, '^userId:(\d+)$', 1), '') as actor
    from versions
    inner join {{ source('raw_fivetran_hubspot', 'wanted') }} as wanted
        on versions.object = wanted.object and versions.field = wanted.property

)

select *, false as is_snapshot from told

union all by name

select * from {{ ref('stg_fivetran_hubspot__versions') }}
where (object, subject, field) not in (select (object, subject, field) from told)
    -- what was empty in the first version was empty from the beginning where a history could have said otherwise
    and ("value" is not null or not is_snapshot or object not in (select object from told))
