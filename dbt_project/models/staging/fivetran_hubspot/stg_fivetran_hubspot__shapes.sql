with told as (

    {% for object in ['deal', 'ticket'] %}
    select
        _origin, _run_id, _pulled_at, 'stage' as object, '{{ object }}.' || pipeline_id || '.' || stage_id as subject,
        'label' as field, label::varchar as "value"
    from {{ raw_rows('fivetran_hubspot', object ~ '_pipeline_stage', ['stage_id', 'pipeline_id', 'label']) }}
    where _is_new
    union all
    {% endfor %}
    {% for field in ['label', 'type'] %}
    select
        _origin, _run_id, _pulled_at, 'property' as object, hubspot_object || '.' || name as subject,
        '{{ field }}' as field, "{{ field }}"::varchar as "value"
    from {{ raw_rows('fivetran_hubspot', 'property', ['hubspot_object', 'name', 'label', 'type']) }}
    where _is_new and hubspot_object in ('company', 'contact', 'deal', 'ticket')
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, field, "value",
    {{ json_object_of({'evidence': "'snapshot'"}) }} as detail
from told
where subject is not null
