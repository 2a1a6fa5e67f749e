-- Salesforce does not say since when; told at the record's creation. A lead becomes an opportunity when it is converted.

with links as (

    {% for object, column, target in [
        ('Case', 'account_id', 'Account'), ('Contact', 'account_id', 'Account'), ('Opportunity', 'account_id', 'Account'),
        ('Lead', 'converted_account_id', 'Account'), ('Lead', 'converted_opportunity_id', 'Opportunity'),
        ('Lead', 'converted_contact_id', 'Contact'),
    ] %}
    select
        _origin, _run_id, '{{ object }}' as object, id::varchar as subject, '{{ target }}' as target,
        {{ column }}::varchar as "value",
        coalesce(
            {{ utc('converted_date::varchar') if object == 'Lead' else 'null' }}, {{ utc('created_date::varchar') }}, _pulled_at
        ) as linked_at
    from {{ raw_rows('fivetran_salesforce', object | lower, [column, 'created_date', 'converted_date']) }}
    where _is_new
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, target, "value") as id,
    'record.linked' as type, linked_at as "time", object, subject, "value",
    {{ json_object_of({
        'object': 'target', 'primary': "case when target = 'Account' then true end", 'evidence': "'snapshot'",
    }) }} as detail
from links
where "value" != ''
