{#-
    Kaplan–Meier medians (Kaplan and Meier 1958) of `waits` (rows_by_period with began_at and ended_at, null while open),
    censored at `seen_at`; the interval inverts the log-log band (Brookmeyer and Crowley 1982, Greenwood's variance).
    Columns: the grain, n, numerator (waits that ended), value, low, high (hours; null = not reached: more than half stay
    open) and `outlasting`: how many were watched for at least the metric's target.

    They leave one by one, endings before censorings of the same instant: the product over d ties at n at risk is the same
    as over one after the other, (n−1)/n · (n−2)/(n−1) … = (n−d)/n, and so is Greenwood's sum.
-#}
{% macro kaplan_meier_medians(waits, metric) %}
with waited as (

    select
        *,
        coalesce(ended_at <= seen_at, false) as is_ended,
        -- microseconds: integers tie exactly
        epoch_us(case when ended_at <= seen_at then ended_at else seen_at end) - epoch_us(began_at) as duration
    from {{ waits }}

),

curves as (

    select row_number() over () as curve, *
    from (
        select
            waited.handoff, dimension, dimension_value, grain, period_start,
            count(*) as n,
            count(*) filter (is_ended) as numerator,
            count(*) filter (duration >= targets.target * 3600000000) as outlasting
        from waited
        left join {{ ref('targets') }} as targets
            on waited.handoff = targets.handoff and targets.metric = '{{ metric }}'
        group by waited.handoff, dimension, dimension_value, grain, period_start
    )

),

ranked as (

    select
        curves.curve, waited.duration, waited.is_ended,
        curves.n + 1 - row_number() over (partition by curves.curve order by waited.duration, waited.is_ended desc) as at_risk
    from waited
    inner join curves
        on waited.handoff = curves.handoff and waited.dimension = curves.dimension
        and waited.dimension_value = curves.dimension_value and waited.grain = curves.grain
        and waited.period_start is not distinct from curves.period_start

),

survival as (

    select
        curve, duration,
        -- a product as a sum of logarithms; the last one at risk, ended, brings it to zero
        case
            when at_risk = 1 then 0.0
            else exp(sum(case when at_risk > 1 then ln((at_risk - 1) / at_risk) end) over so_far)
        end as survival,
        sum(case when at_risk > 1 then 1 / (at_risk * (at_risk - 1.0)) end) over so_far as greenwood
    from ranked
    where is_ended
    window so_far as (partition by curve order by at_risk desc rows between unbounded preceding and current row)

),

banded as (

    select
        curve, duration, survival,
        {% for side, sign in {'low': '-', 'high': ''}.items() %}
        case
            when survival > 0 and survival < 1
                then pow(survival, exp({{ sign }}{{ z() }} * sqrt(greenwood) / ln(survival)))
            else survival
        end as {{ side }}_survival{{ ',' if not loop.last }}
        {% endfor %}
    from survival

),

medians as (

    -- the tolerance keeps a survival of exactly one half from rounding past it
    select
        curve,
        min(duration) filter (survival <= 0.5 + 1e-9) / 3600000000.0 as value,
        min(duration) filter (low_survival <= 0.5 + 1e-9) / 3600000000.0 as low,
        min(duration) filter (high_survival <= 0.5 + 1e-9) / 3600000000.0 as high
    from banded
    group by curve

)

select curves.* exclude (curve), medians.value, medians.low, medians.high
from curves
left join medians on curves.curve = medians.curve
{% endmacro %}
