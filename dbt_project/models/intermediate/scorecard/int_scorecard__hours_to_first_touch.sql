-- Grain: handoff × dimension value × grain × period. Kaplan–Meier median of transition → the receiver's first touch of the
-- customer, those not touched yet censored. Packets without an account can show no touch: they lower the coverage.
-- Nothing at all where nobody records touches.

with moved as (

    select
        *,
        transitioned_at as began_at,
        account is not null as has_account
    from {{ ref('int_scored_packets') }}
    where is_counted and exists (select 1 from {{ ref('int_account_events') }} where type = 'account.touched')

),

waits as (

    {{ rows_by_period('moved', 'transitioned_on', 'median_hours_to_first_touch',
                      ['began_at', 'first_touch_at', 'team_touched_at', 'receiver_known_at', 'has_account']) }}

),

told as (

    -- whose touch was the receiver's is known once the receiver is
    select *, case when receiver_known_at <= seen_at then first_touch_at else team_touched_at end as ended_at
    from waits
    where has_account

),

coverage as (

    select
        handoff, dimension, dimension_value, grain, period_start,
        count(*) filter (has_account) / count(*) as coverage
    from waits
    group by handoff, dimension, dimension_value, grain, period_start

)

select 'median_hours_to_first_touch' as metric, '' as breakdown, curves.*, coverage.coverage
from (

    {{ kaplan_meier_medians('told', 'median_hours_to_first_touch') }}

) as curves
inner join coverage
    on curves.handoff = coverage.handoff and curves.dimension = coverage.dimension
    and curves.dimension_value = coverage.dimension_value and curves.grain = coverage.grain
    and curves.period_start is not distinct from coverage.period_start
