{{ shape_events(source('raw_hubspot', 'records')) }}
