{{ snapshot_events(
    'fivetran_hubspot',
    {
        'company': {'name': 'company', 'id': 'id'}, 'contact': {'name': 'contact', 'id': 'id'},
        'deal': {'name': 'deal', 'id': 'deal_id'}, 'ticket': {'name': 'ticket', 'id': 'id'},
    },
    ref('stg_fivetran_hubspot__values'), ref('stg_fivetran_hubspot__histories'),
) }}
