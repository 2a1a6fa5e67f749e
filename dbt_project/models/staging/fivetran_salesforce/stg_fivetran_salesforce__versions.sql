{{ version_changes(
    'fivetran_salesforce',
    {
        'Account': {'name': 'account', 'id': 'id'}, 'Case': {'name': 'case', 'id': 'id'},
        'Contact': {'name': 'contact', 'id': 'id'}, 'Contract': {'name': 'contract', 'id': 'id'},
        'Lead': {'name': 'lead', 'id': 'id'}, 'Opportunity': {'name': 'opportunity', 'id': 'id'},
    },
) }}
