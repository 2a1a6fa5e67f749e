{{ change_events(ref('stg_fivetran_zendesk__histories')) }}
