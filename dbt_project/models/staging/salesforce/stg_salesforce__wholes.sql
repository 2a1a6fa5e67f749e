-- Salesforce does not say since when it tracks a field: it is known since we read it, or since the oldest row we were told.

select
    split_part(id, '.', 1) as object, split_part(id, '.', 2) as field,
    {{ json_text('content', 'whole_since') }}::timestamptz as whole_since
from {{ source('raw_salesforce', 'records') }}
where object = 'history'
