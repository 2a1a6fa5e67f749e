-- Grain: handoff × dimension value × grain × period. Of the packets whose time ran out in the period, how many never moved.
-- Those of which nobody could read it are out.

{% set expired = {'expired': 'count(*)', 'dropped': 'count(*) filter (is_dropped)'} %}

with counted as (

    select * from {{ ref('int_scored_packets') }} where is_counted and is_dropped is not null

),

sums as (

    {{ sums_by_period('counted', 'expires_on', 'drop_rate', expired, only='expires_at <= seen_at') }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([{{ measure('drop_rate', 'dropped', 'expired') }}], recursive := true)
from sums
