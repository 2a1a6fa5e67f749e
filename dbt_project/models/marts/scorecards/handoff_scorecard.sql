-- Grain: handoff × dimension value × grain × period × metric × breakdown. Every active handoff has every row of dimension
-- 'all', even when n = 0; other dimension values have the rows they have packets for.

with handoffs as (

    select
        handoff,
        bool_or(decisions_from is not null) filter (is_current) as has_decisions,
        bool_or(times_recorded) filter (is_current) as has_times
    from {{ ref('contract_versions') }}
    where status = 'active'
    group by handoff

),

spine as (

    select
        handoffs.handoff, 'all' as dimension, 'all' as dimension_value, periods.grain, periods.period_start,
        metrics.metric, coalesce(metrics.breakdown, '') as breakdown
    from handoffs
    cross join {{ ref('int_periods') }} as periods
    cross join {{ ref('metrics') }} as metrics

),

figures as (

    select * from {{ ref('int_scorecard__figures') }}

),

placed as (

    select
        spine.*,
        figures.value, figures.numerator, coalesce(figures.n, 0) as n, figures.low, figures.high, figures.coverage, figures.outlasting
    from spine
    left join figures
        on figures.dimension = 'all'
        and spine.handoff = figures.handoff and spine.grain = figures.grain
        and spine.period_start is not distinct from figures.period_start
        and spine.metric = figures.metric and spine.breakdown = figures.breakdown

    union all by name

    select figures.*
    from figures
    inner join handoffs on figures.handoff = handoffs.handoff
    where figures.dimension != 'all'

),

described as (

    select
        placed.*,
        metrics.unit,
        targets.target, coalesce(targets.direction, 'none') as direction,
        periods.is_closed, periods.seen_at,
        coalesce(metrics.minimum_n, organisation.minimum_n) as minimum_n,
        -- nothing in the data can show it: no packets, no decisions or no times recorded, too much of it unseen, no ratio
        placed.n = 0
        or (metrics.unit = 'ratio' and placed.value is null)
        or (metrics.needs_decisions and not handoffs.has_decisions)
        or (not handoffs.has_times and (metrics.needs_times or placed.grain != 'all'))
        or coalesce(
            placed.coverage < case when metrics.is_by_examination then organisation.rediscovery_coverage else 0.5 end, false
        ) as is_not_measurable,
        -- a person is judged by ten packets or not at all
        placed.dimension in ('sender', 'receiver') and placed.n < 10 as is_withheld
    from placed
    inner join handoffs on placed.handoff = handoffs.handoff
    inner join {{ ref('metrics') }} as metrics
        on placed.metric = metrics.metric and placed.breakdown = coalesce(metrics.breakdown, '')
    inner join {{ ref('int_period_views') }} as periods
        on placed.grain = periods.grain and placed.period_start is not distinct from periods.period_start
        and metrics.window_days is not distinct from periods.window_days
    cross join {{ ref('organisation') }} as organisation
    left join {{ ref('targets') }} as targets
        on placed.handoff = targets.handoff and placed.metric = targets.metric

),

shown as (

    select
        * replace (
            case when not (is_not_measurable or is_withheld) then value end as value,
            case when not (is_not_measurable or is_withheld) then numerator end as numerator,
            case when not (is_not_measurable or is_withheld) then low end as low,
            case when not (is_not_measurable or is_withheld) then high end as high
        )
    from described

),

-- A curve that never comes down to its half, watched for longer than the target allows, misses it without a median.
judged as (

    select
        *,
        direction = 'below' and value is null and low is null
            and coalesce(outlasting >= minimum_n, false) and not (is_not_measurable or is_withheld) as is_outlasted
    from shown

)

select
    handoff, dimension, dimension_value, grain, period_start, is_closed, metric, breakdown, unit,
    value, numerator, n, low, high, coverage, target, direction,
    case
        when is_outlasted then 'misses'
        when value is null or target is null then null
        when (direction = 'at_least' and value >= target) or (direction = 'below' and value < target) then 'meets'
        else 'misses'
    end as point_verdict,
    case
        when is_not_measurable then 'not_measurable'
        when is_withheld then 'insufficient'
        when target is null then null
        when n < minimum_n then 'insufficient'
        when is_outlasted then 'misses'
        when (direction = 'at_least' and low >= target) or (direction = 'below' and high < target) then 'meets'
        when (direction = 'at_least' and high < target) or (direction = 'below' and low >= target) then 'misses'
        else 'inconclusive'
    end as status,
    seen_at,
    context.run_id, context.as_of
from judged
cross join {{ source('ops', 'run_context') }} as context
