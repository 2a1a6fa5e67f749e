-- Grain: one row per grain × period, from the organisation's first packet through `as_of`; `next_start` is the first day
-- after it, null where a period goes on with `as_of` and never closes.

with span as (

    select
        least(coalesce(packets.first_day, context.as_of_day), context.as_of_day) as first_day,
        context.as_of_day as last_day
    from {{ ref('int_scorecard_context') }} as context
    cross join (
        select
            {{ local_day('min(least(instants.triggered_at, instants.transitioned_at, instants.clock_started_at, instants.settled_at))',
                         'any_value(organisation.zone)') }} as first_day
        from {{ ref('int_packets__instants') }} as instants
        cross join {{ ref('organisation') }} as organisation
    ) as packets

),

days as (

    select unnest(generate_series(first_day, last_day, interval 1 day))::date as day from span

),

periods as (

    -- distinct over the outer select: beside an unnest it looks at the first column only
    select distinct * from (
        select {{ periods_of('days.day') }}
        from days
        cross join {{ ref('int_scorecard_context') }} as context
        cross join {{ ref('organisation') }} as organisation
    )

)

select
    grain, period_start,
    case grain
        when 'week' then period_start + 7
        when 'month' then (period_start + interval 1 month)::date
        when 'quarter' then (period_start + interval 3 month)::date
    end as next_start
from periods
where grain in ('week', 'month', 'quarter', 'all') or period_start is not null
