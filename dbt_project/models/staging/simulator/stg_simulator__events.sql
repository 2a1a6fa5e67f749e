{{ lifecycle_events(source('raw_simulator', 'events')) }}
