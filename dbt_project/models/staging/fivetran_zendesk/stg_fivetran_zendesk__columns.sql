{{ property_events(
    'fivetran_zendesk',
    {'organization': {'name': 'organization', 'id': 'id'}, 'ticket': {'name': 'ticket', 'id': 'id'}},
    ref('stg_fivetran_zendesk__histories'),
    prefix='custom_', elsewhere=['organization.domain_names', 'ticket.satisfaction'],
) }}
