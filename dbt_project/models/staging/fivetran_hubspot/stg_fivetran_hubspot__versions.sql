{{ version_changes(
    'fivetran_hubspot',
    {
        'company': {'name': 'company', 'id': 'id'}, 'contact': {'name': 'contact', 'id': 'id'},
        'deal': {'name': 'deal', 'id': 'deal_id'}, 'ticket': {'name': 'ticket', 'id': 'id'},
    },
    prefix='property_',
    renamed={'deal_pipeline_id': 'pipeline', 'deal_pipeline_stage_id': 'dealstage', 'owner_id': 'hubspot_owner_id'},
) }}
