-- Grain: handoff × dimension value × grain × period. Kaplan–Meier median of clock start → acceptance, those still open
-- censored.

with started as (

    select
        *,
        clock_started_at as began_at,
        accepted_at as ended_at
    from {{ ref('int_scored_packets') }}
    -- a negative duration is a source error, left out of the duration
    where is_counted and has_recorded_decisions and coalesce(accepted_at >= clock_started_at, true)

),

waits as (

    {{ rows_by_period('started', 'clock_started_on', 'median_hours_to_acceptance', ['began_at', 'ended_at'],
                      only='clock_known_at <= seen_at') }}

)

select 'median_hours_to_acceptance' as metric, '' as breakdown, curves.*
from (

    {{ kaplan_meier_medians('waits', 'median_hours_to_acceptance') }}

) as curves
