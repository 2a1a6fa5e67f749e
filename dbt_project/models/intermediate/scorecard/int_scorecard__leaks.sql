-- Grain: handoff × dimension value × grain × period × metric. Which share of the churned accounts had come through a leaky
-- handoff, beside the share among all accounts of the cohort.

with sums as (

    select
        handoff, dimension, dimension_value, grain, period_start,
        sum(accounts) as accounts, sum(leaky) as leaky, sum(churned) as churned, sum(leaky_churned) as leaky_churned,
        sum(told) as told, sum(asked) as asked
    from {{ ref('int_scorecard__churn_cohorts') }}
    group by all

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {{ measure('leak_to_churn_share', 'leaky_churned', 'churned', covered='told', coverable='asked') }},
        {{ measure('leak_to_churn_base_rate', 'leaky', 'accounts', covered='told', coverable='asked') }}
    ], recursive := true)
from sums
