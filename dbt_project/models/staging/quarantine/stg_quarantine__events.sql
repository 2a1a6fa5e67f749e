{{ lifecycle_events(source('raw_quarantine', 'events')) }}
