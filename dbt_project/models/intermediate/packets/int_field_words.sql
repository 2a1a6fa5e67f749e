-- Grain: one row per contract field and word that means something there: an allowed value of a choice, or (folded) a text
-- that attests "there is none".

select field_key, 'none' as means, unnest(from_json(none_values, '["varchar"]')) as word
from {{ ref('int_contract_fields') }}

union

select field_key, 'choice' as means, unnest(from_json(choices, '["varchar"]')) as word
from {{ ref('int_contract_fields') }}
