-- Grain: one row per contract version × field, with the integer that joins it within this run.

select
    row_number() over (order by handoff, version, position)::integer as field_key,
    handoff, version, position, field, type, required, nullif(required_when, '') as required_when, severity, weight,
    -- up to this length a text may be one that attests "there is none"
    coalesce(list_max(list_transform(from_json(none_values, '["varchar"]'), lambda word: length(word))), 0) as longest_none,
    none_values, choices,
    item -- JSON text: a list would be copied for every value it is joined to
from {{ ref('contract_fields') }}
