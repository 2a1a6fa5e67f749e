{{ config(materialized='view') }}

-- Grain: handoff × dimension value × grain × period × metric × breakdown, where there is anything to count: the figure
-- and its 95 % interval, before targets.

with counted as (

    {% for part in [
        'transitions', 'completions_now', 'settlements', 'clean_acceptances', 'decisions', 'expiries', 'accept_clocks', 'reassignments',
        'rediscoveries', 'nps', 'leaks',
    ] %}
    select * from {{ ref('int_scorecard__' ~ part) }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}

),

shares as (

    select
        handoff, dimension, dimension_value, grain, period_start, metric, breakdown,
        numerator::double / nullif(n, 0) as value, numerator, n,
        {{ wilson('numerator', 'n', '-') }} as low,
        {{ wilson('numerator', 'n', '+') }} as high,
        covered::double / nullif(coverable, 0) as coverage
    from counted
    where total is null and squares is null and numerator is not null

),

means as (

    select
        handoff, dimension, dimension_value, grain, period_start, metric, breakdown, n,
        covered::double / nullif(coverable, 0) as coverage,
        total::double / nullif(n, 0) / per as value,
        -- whole numbers until the difference is taken: equal ones have no spread, not one of rounding
        sqrt((n::hugeint * squares - total * total)::double / nullif(n - 1, 0)) / nullif(n, 0) / per as standard_error
    from counted
    where numerator is null

),

means_with_interval as (

    select
        means.* exclude (standard_error),
        null::bigint as numerator,
        value - {{ t_quantile('(means.n - 1)', 't_quantiles.quantile_975') }} * standard_error as low,
        value + {{ t_quantile('(means.n - 1)', 't_quantiles.quantile_975') }} * standard_error as high
    from means
    left join {{ ref('t_quantiles') }} as t_quantiles on means.n - 1 = t_quantiles.degrees_of_freedom

)

select * from shares where n > 0
union all by name
select * from means_with_interval where n > 0
{% for part in ['hours_to_acceptance', 'hours_to_first_touch', 'accepted_hours', 'risk_ratios'] %}
union all by name
select * from {{ ref('int_scorecard__' ~ part) }} where n > 0
{% endfor %}
