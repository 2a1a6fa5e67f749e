-- Grain: handoff × dimension value × grain × period. Of the packets accepted in the period, thirty days past, those that
-- changed hands on the receiving side in these days.

{% set accepted = {'accepted': 'count(*)', 'reassigned': 'count(*) filter (reassignments > 0)'} %}

with accepted as (

    select * from {{ ref('int_scored_packets') }} where is_counted and has_recorded_decisions

),

sums as (

    {{ sums_by_period('accepted', 'accepted_on', 'reassignment_rate', accepted,
                      only='accepted_at + ' ~ thirty_days() ~ ' <= seen_at') }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([{{ measure('reassignment_rate', 'reassigned', 'accepted') }}], recursive := true)
from sums
