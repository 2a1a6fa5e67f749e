{{ change_events(
    ref('stg_fivetran_salesforce__histories'),
    json_object_of({'evidence': "case when is_snapshot then 'snapshot' end"}),
) }}
