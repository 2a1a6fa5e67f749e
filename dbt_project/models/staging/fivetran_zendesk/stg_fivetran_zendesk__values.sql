-- The domains of an organization are a list, in a table of their own.

select *
from (
    {{ current_values('fivetran_zendesk', {'organization': {'name': 'organization', 'id': 'id'}, 'ticket': {'name': 'ticket', 'id': 'id'}}, prefix='custom_') }}
)

union all by name

select
    max(_origin) as _origin, max(_run_id) as _run_id, max(_pulled_at) as _pulled_at, 'organization' as object,
    organization_id::varchar as subject, 'domain_names' as field,
    to_json(list(domain_name::varchar order by domain_name::varchar))::varchar as "value"
from {{ raw_rows('fivetran_zendesk', 'domain_name', ['organization_id', 'domain_name']) }}
group by organization_id::varchar
having bool_or(_is_new)
