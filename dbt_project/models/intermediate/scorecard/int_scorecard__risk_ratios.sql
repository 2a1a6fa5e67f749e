-- Grain: handoff × dimension value × grain × period × breakdown. How much more often accounts churn after a leaky handoff:
-- crude (breakdown ''; interval of the logarithm after Katz et al. 1978), and by_segment (Mantel–Haenszel; variance after
-- Greenland and Robins 1985). Null where a side is empty or nobody churned on the sound one. An association, no cause.

with strata as (

    select
        *,
        accounts - leaky as sound,
        churned - leaky_churned as sound_churned
    from {{ ref('int_scorecard__churn_cohorts') }}
    where accounts > 0

),

-- Sums are exact: terms are decimals before they are added.
pooled as (

    select
        handoff, dimension, dimension_value, grain, period_start,
        sum(accounts) as n, sum(leaky) as leaky, sum(sound) as sound,
        sum(leaky_churned) as leaky_churned, sum(sound_churned) as sound_churned,
        sum((leaky_churned * sound / accounts)::decimal(38, 15))::double as weighted_leaky,
        sum((sound_churned * leaky / accounts)::decimal(38, 15))::double as weighted_sound,
        sum(((leaky::double * sound * churned / accounts - leaky_churned * sound_churned) / accounts)::decimal(38, 15))::double
            as weighted_variance
    from strata
    group by all

),

ratios as (

    select
        *, '' as breakdown,
        (leaky_churned / nullif(leaky, 0)) / nullif(sound_churned / nullif(sound, 0), 0) as value,
        1 / nullif(leaky_churned, 0) - 1 / nullif(leaky, 0) + 1 / nullif(sound_churned, 0) - 1 / nullif(sound, 0) as variance
    from pooled

    union all by name

    select
        *, 'by_segment' as breakdown,
        weighted_leaky / nullif(weighted_sound, 0) as value,
        weighted_variance / nullif(weighted_leaky * weighted_sound, 0) as variance
    from pooled

)

select
    ratios.handoff, ratios.dimension, ratios.dimension_value, ratios.grain, ratios.period_start,
    'leak_to_churn_risk_ratio' as metric, ratios.breakdown, ratios.value,
    ratios.leaky_churned::bigint as numerator, ratios.n::bigint as n,
    case when value > 0 then value * exp(-{{ z() }} * sqrt(variance)) end as low,
    case when value > 0 then value * exp({{ z() }} * sqrt(variance)) end as high,
    coverages.coverage
from ratios
inner join (
    select handoff, dimension, dimension_value, grain, period_start, sum(told) / nullif(sum(asked), 0) as coverage
    from {{ ref('int_scorecard__churn_cohorts') }}
    group by all
) as coverages
    on ratios.handoff = coverages.handoff and ratios.dimension = coverages.dimension
    and ratios.dimension_value = coverages.dimension_value and ratios.grain = coverages.grain
    and ratios.period_start is not distinct from coverages.period_start
