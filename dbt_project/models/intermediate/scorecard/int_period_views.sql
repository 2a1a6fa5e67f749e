-- Grain: one row per grain × period × window of a metric (days that must pass after the period before its figure is whole;
-- null: it never closes). `seen_at` is the "now" of the period's figures: the closing instant once that has passed, else
-- the run's. A period closes at the end of the organisation's closing business day (Monday to Friday) after its end and
-- the window: a figure that waits thirty days for each packet would else never see most of them.

with windows as (

    select distinct window_days from {{ ref('metrics') }}

),

closings as (

    select
        periods.grain, periods.period_start, windows.window_days,
        list_filter(
            list_transform(
                generate_series(0, 6 + 2 * organisation.closing_business_day),
                lambda ahead: periods.next_start + windows.window_days + ahead::integer
            ),
            lambda day: isodow(day) < 6
        )[organisation.closing_business_day] as closing_day,
        organisation.zone
    from {{ ref('int_periods') }} as periods
    cross join windows
    cross join {{ ref('organisation') }} as organisation

)

select
    closings.grain, closings.period_start, closings.window_days,
    coalesce({{ first_moment('closings.zone', 'closings.closing_day + 1') }} <= context.as_of, false) as is_closed,
    case
        when is_closed then {{ first_moment('closings.zone', 'closings.closing_day + 1') }}
        else context.as_of
    end as seen_at
from closings
cross join {{ source('ops', 'run_context') }} as context
