-- Grain: handoff × dimension value × grain × period. The plain median of those accepted in the period: what other tools
-- show, and why it flatters (the ones still waiting are not in it).

with accepted as (

    select *
    from {{ ref('int_scored_packets') }}
    where is_counted and has_recorded_decisions and hours_to_acceptance is not null

),

placed as (

    {{ rows_by_period('accepted', 'accepted_on', 'median_hours_accepted_only', ['hours_to_acceptance']) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    'median_hours_accepted_only' as metric, '' as breakdown,
    count(*) as n,
    quantile_cont(hours_to_acceptance, 0.5) as value
from placed
group by handoff, dimension, dimension_value, grain, period_start
