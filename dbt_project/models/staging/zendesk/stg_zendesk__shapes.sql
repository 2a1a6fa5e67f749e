{{ shape_events(source('raw_zendesk', 'records')) }}
