-- Grain: handoff × dimension value × grain × period. Of the packets settled in the period, those accepted at the first go
-- that did not come back: neither re-opened nor asked again within thirty days.

{% set clean = {
    'settled': 'count(*)',
    'clean': "count(*) filter (
            is_first_pass
            and not coalesce(reopened_at <= least(accepted_at + " ~ thirty_days() ~ ", seen_at), false)
            and not coalesce(reasked_at <= seen_at, false)
        )",
} %}

with settled as (

    select * from {{ ref('int_scored_settlements') }}

),

sums as (

    {{ sums_by_period('settled', 'settled_on', 'clean_acceptance_rate', clean, only=settlement_stands()) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([{{ measure('clean_acceptance_rate', 'clean', 'settled') }}], recursive := true)
from sums
