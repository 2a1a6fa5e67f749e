{{ change_events(
    ref('stg_fivetran_hubspot__histories'),
    json_object_of({'route': 'source', 'evidence': "case when is_snapshot then 'snapshot' end"}),
) }}
