{{ snapshot_events(
    'fivetran_zendesk',
    {'organization': {'name': 'organization', 'id': 'id'}, 'ticket': {'name': 'ticket', 'id': 'id'}},
    ref('stg_fivetran_zendesk__values'), ref('stg_fivetran_zendesk__histories'),
) }}
