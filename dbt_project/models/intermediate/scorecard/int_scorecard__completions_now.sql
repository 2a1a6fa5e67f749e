-- Grain: handoff × dimension value × grain × period. Of the packets whose work moved in the period and whose completeness then
-- is known, those complete by now. Never closed: whose packets they are is what is known now, too.

{% set completed = {
    'judged': 'count(is_complete_at_now) filter (is_complete_at_transition is not null)',
    'complete': 'count(*) filter (is_complete_at_transition is not null and is_complete_at_now)',
    'observable': 'sum(observable_at_now)',
    'required': 'sum(required_at_now)',
} %}

with moved as (

    select * from {{ ref('int_scored_packets') }} where is_counted

),

sums as (

    {{ sums_by_period('moved', 'transitioned_on', 'completion_now_rate', completed) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {{ measure('completion_now_rate', 'complete', 'judged', covered='observable', coverable='required') }}
    ], recursive := true)
from sums
