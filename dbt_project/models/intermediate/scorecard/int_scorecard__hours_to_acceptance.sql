-- Grain: handoff × dimension value × grain × period. Kaplan–Meier median of clock start → acceptance, those still open
-- censored at `as_of` (Kaplan and Meier 1958); its interval inverts the log-log band (Brookmeyer and Crowley 1982,
-- Greenwood's variance). Null = not reached: more than half stay open.
--
-- Packets leave one by one, acceptances before censorings of the same instant: the product over d ties at n at risk is the
-- same as over one after the other, (n−1)/n · (n−2)/(n−1) … = (n−d)/n, and so is Greenwood's sum.

with started as (

    select
        packets.*,
        accepted_at is not null as is_accepted,
        -- microseconds: integers tie exactly
        epoch_us(coalesce(accepted_at, context.as_of)) - epoch_us(clock_started_at) as waited
    from {{ ref('int_scored_packets') }} as packets
    cross join {{ ref('int_scorecard_context') }} as context
    where has_recorded_decisions and clock_started_at is not null

),

possible as (

    select * from started where waited >= 0 -- a negative duration is a source error, left out of the duration

),

placed as (

    {{ rows_by_period('possible', 'clock_started_on', ['is_accepted', 'waited']) }}

),

curves as (

    select row_number() over () as curve, *
    from (
        select
            handoff, dimension, dimension_value, grain, period_start,
            count(*) as n, count(*) filter (is_accepted) as accepted
        from placed
        group by handoff, dimension, dimension_value, grain, period_start
    )

),

ranked as (

    select
        curves.curve, placed.waited, placed.is_accepted,
        curves.n + 1 - row_number() over (partition by curves.curve order by placed.waited, placed.is_accepted desc) as at_risk
    from placed
    inner join curves
        on placed.handoff = curves.handoff and placed.dimension = curves.dimension
        and placed.dimension_value = curves.dimension_value and placed.grain = curves.grain
        and placed.period_start is not distinct from curves.period_start

),

survival as (

    select
        curve, waited,
        -- a product as a sum of logarithms; the last one at risk, accepted, brings it to zero
        case
            when at_risk = 1 then 0.0
            else exp(sum(case when at_risk > 1 then ln((at_risk - 1) / at_risk) end) over so_far)
        end as survival,
        sum(case when at_risk > 1 then 1 / (at_risk * (at_risk - 1.0)) end) over so_far as greenwood
    from ranked
    where is_accepted
    window so_far as (partition by curve order by at_risk desc rows between unbounded preceding and current row)

),

banded as (

    select
        curve, waited, survival,
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
        min(waited) filter (survival <= 0.5 + 1e-9) / 3600000000.0 as value,
        min(waited) filter (low_survival <= 0.5 + 1e-9) / 3600000000.0 as low,
        min(waited) filter (high_survival <= 0.5 + 1e-9) / 3600000000.0 as high
    from banded
    group by curve

)

select
    curves.handoff, curves.dimension, curves.dimension_value, curves.grain, curves.period_start,
    'median_hours_to_acceptance' as metric, '' as breakdown,
    curves.n, curves.accepted as numerator, medians.value, medians.low, medians.high
from curves
left join medians on curves.curve = medians.curve
