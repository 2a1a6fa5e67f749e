{{ shape_events(ref('stg_zendesk__records')) }}
