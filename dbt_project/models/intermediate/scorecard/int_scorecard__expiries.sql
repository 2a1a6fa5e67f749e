-- Grain: handoff × dimension value × grain × period. Of the packets whose time ran out in the period, how many never moved.

{% set expired = {'expired': 'count(*)', 'dropped': 'count(*) filter (is_dropped)'} %}

with sums as (

    {{ sums_by_period(ref('int_scored_packets'), 'expired_on', expired) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([{{ measure('drop_rate', 'dropped', 'expired') }}], recursive := true)
from sums
