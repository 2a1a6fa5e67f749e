{{ shape_events(source('raw_salesforce', 'records')) }}
