-- Grain: handoff × dimension value × grain × period. Kaplan–Meier median of clock start → acceptance, those still open
-- censored at `as_of` (Kaplan and Meier 1958); its interval inverts the log-log band (Brookmeyer and Crowley 1982,
-- Greenwood's variance). Null = not reached: more than half stay open.

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

waits as (

    select
        handoff, dimension, dimension_value, grain, period_start, waited,
        count(*) filter (is_accepted) as accepted,
        count(*) as leaving
    from placed
    group by handoff, dimension, dimension_value, grain, period_start, waited

),

at_risk as (

    select
        *,
        sum(leaving) over (
            partition by handoff, dimension, dimension_value, grain, period_start order by waited
            rows between current row and unbounded following
        )::bigint as at_risk
    from waits

),

survival as (

    select
        *,
        -- a product as a sum of logarithms; the last acceptance of a group without open packets brings it to zero
        case when min(at_risk - accepted) over curve = 0 then 0.0
             else exp(sum(case when at_risk > accepted then ln(1 - accepted / at_risk) end) over curve) end as survival,
        sum(case when at_risk > accepted then accepted / (at_risk * (at_risk - accepted)::double) end) over curve as greenwood
    from at_risk
    window curve as (
        partition by handoff, dimension, dimension_value, grain, period_start order by waited
        rows between unbounded preceding and current row
    )

),

banded as (

    select
        *,
        case
            when survival > 0 and survival < 1
                then pow(survival, exp({{ z() }} * sqrt(greenwood) / ln(survival)))
            else survival
        end as high_survival,
        case
            when survival > 0 and survival < 1
                then pow(survival, exp(-{{ z() }} * sqrt(greenwood) / ln(survival)))
            else survival
        end as low_survival
    from survival

)

select
    handoff, dimension, dimension_value, grain, period_start,
    'median_hours_to_acceptance' as metric, '' as breakdown,
    sum(leaving)::bigint as n,
    sum(accepted)::bigint as numerator,
    -- the tolerance keeps a survival of exactly one half from rounding past it
    min(waited) filter (survival <= 0.5 + 1e-9) / 3600000000.0 as value,
    min(waited) filter (low_survival <= 0.5 + 1e-9) / 3600000000.0 as low,
    min(waited) filter (high_survival <= 0.5 + 1e-9) / 3600000000.0 as high
from banded
group by handoff, dimension, dimension_value, grain, period_start
