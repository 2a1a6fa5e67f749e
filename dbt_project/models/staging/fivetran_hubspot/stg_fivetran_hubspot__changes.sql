{{ change_events(ref('stg_fivetran_hubspot__histories'), json_object_of({'route': 'source'})) }}
