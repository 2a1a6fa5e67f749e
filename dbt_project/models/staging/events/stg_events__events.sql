{{ lifecycle_events(source('raw_events', 'events')) }}
