-- handoff_scorecard: the figures with target, verdict and status.
-- Every handoff has every row of dimension 'all', even without packets; a person is shown from ten packets on.
create table generation.handoff_scorecard as
with all_metrics as (select metric, coalesce(breakdown, '') as breakdown, unit, is_built from read_csv('{seeds}/metrics.csv')),
all_periods as (
    select
        grain, period_start,
        coalesce(today > list_filter(
            list_transform(generate_series(0, 16), lambda ahead: next_start + ahead::integer), lambda day: isodow(day) < 6
        )[5], false) as is_closed
    from (select distinct grain, period_start, next_start, today from numbered_periods)
),
placed as (
    select
        spine.*, numerator, coalesce(n, 0) as n, coverage, value, low, high
    from (
        select handoff, 'all' as dimension, 'all' as dimension_value, grain, period_start, metric, breakdown
        from (select distinct handoff from versions) cross join all_periods cross join all_metrics
    ) as spine
    left join figures on figures.dimension = 'all' and spine.handoff = figures.handoff and spine.grain = figures.grain
        and spine.period_start is not distinct from figures.period_start
        and spine.metric = figures.metric and spine.breakdown = figures.breakdown
    union all by name
    select * from figures where dimension != 'all'
),
described as (
    select
        placed.handoff, dimension, dimension_value, placed.grain, placed.period_start,
        is_closed, placed.metric, placed.breakdown, unit, numerator, n, low, high, value, coverage, target,
        coalesce(direction, 'none') as direction, n = 0 or not is_built as is_not_measurable,
        dimension in ('sender', 'receiver') and n < 10 as is_withheld
    from placed
    inner join all_metrics on placed.metric = all_metrics.metric and placed.breakdown = all_metrics.breakdown
    inner join all_periods on placed.grain = all_periods.grain and placed.period_start is not distinct from all_periods.period_start
    left join read_csv('{seeds}/targets.csv') as targets on placed.handoff = targets.handoff and placed.metric = targets.metric
),
shown as (
    select * replace (
        case when not (is_not_measurable or is_withheld) then value end as value,
        case when not (is_not_measurable or is_withheld) then numerator end as numerator,
        case when not (is_not_measurable or is_withheld) then low end as low,
        case when not (is_not_measurable or is_withheld) then high end as high
    )
    from described
)
select
    * exclude (is_not_measurable, is_withheld),
    case
        when value is null or target is null then null
        when (direction = 'at_least' and value >= target) or (direction = 'below' and value < target) then 'meets'
        else 'misses'
    end as point_verdict,
    case
        when is_not_measurable then 'not_measurable' when is_withheld then 'insufficient' when target is null then null
        when n < 20 then 'insufficient'
        when (direction = 'at_least' and low >= target) or (direction = 'below' and high < target) then 'meets'
        when (direction = 'at_least' and high < target) or (direction = 'below' and low >= target) then 'misses'
        else 'inconclusive'
    end as status,
    '{run_id}' as run_id, '{as_of}'::timestamptz as as_of
from shown;
