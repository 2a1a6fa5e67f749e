-- Grain: handoff × dimension value × grain × period. Of the packets whose accept clock ended or came due in the period,
-- those accepted in time. A decision ends the clock; a crossing does not.

{% set ended = {
    'ended': 'count(*)',
    'accepted_in_time': 'count(*) filter (is_accepted_within_sla and accepted_at <= seen_at)',
} %}

with clocks as (

    select *
    from {{ ref('int_scored_packets') }}
    where is_counted and has_recorded_decisions and is_accepted_within_sla is not null

),

sums as (

    {{ sums_by_period('clocks', 'clock_ended_on', 'accepted_within_sla_rate', ended, only='clock_known_at <= seen_at') }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([{{ measure('accepted_within_sla_rate', 'accepted_in_time', 'ended') }}], recursive := true)
from sums
