{{ change_events(ref('stg_fivetran_salesforce__histories')) }}
