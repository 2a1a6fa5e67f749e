-- What nobody does is done by the user -1.

{{ change_events(
    ref('stg_fivetran_zendesk__histories'),
    json_object_of({'actor_kind': "case when actor = 'zendesk:-1' then 'system' end"}),
) }}
