-- Grain: one row per day × grain × window: the period a day belongs to, and from when its figures are seen. Packets find
-- their periods by their day.

with days as (

    select unnest(generate_series(min(period_start), any_value(context.as_of_day), interval 1 day))::date as day
    from {{ ref('int_periods') }}
    cross join {{ ref('int_scorecard_context') }} as context

),

placed as (

    select days.day, {{ periods_of('days.day') }}
    from days
    cross join {{ ref('int_scorecard_context') }} as context
    cross join {{ ref('organisation') }} as organisation

)

select placed.day, views.*
from placed
inner join {{ ref('int_period_views') }} as views
    on placed.grain = views.grain and placed.period_start is not distinct from views.period_start
where placed.grain != 'rolling_90d' or placed.period_start is not null
