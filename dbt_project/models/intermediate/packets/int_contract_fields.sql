-- Grain: one row per contract version × field, with the integer that joins it within this run and its lists as lists.

select
    row_number() over (order by handoff, version, position)::integer as field_key,
    handoff, version, position, field, type, required, nullif(required_when, '') as required_when, severity, weight,
    from_json(none_values, '["varchar"]') as none_values,
    from_json(choices, '["varchar"]') as choices,
    item != '[]' as has_item,
    from_json(item, '[{"key": "varchar", "type": "varchar", "allowed": ["varchar"]}]') as item
from {{ ref('contract_fields') }}
