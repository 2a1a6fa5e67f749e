-- Grain: one row per packet × attempt: one submission and its decision.

with clocked as materialized (

    select
        row_number() over () as attempt_key,
        attempts.*,
        coalesce(attempts.accept_due_at, attempts.submit_due_at) as due_at,
        coalesce(attempts.ended_at, context.as_of) as clock_stopped_at,
        context.run_id, context.as_of
    from {{ ref('int_packet_attempts__clocks') }} as attempts
    cross join {{ source('ops', 'run_context') }} as context

),

open_hours as (

    {{ hours_in_calendar('clocked', 'attempt_key', 'clock_started_at', 'clock_stopped_at', 'calendar') }}

)

select
    clocked.packet_id, clocked.handoff, clocked.attempt, clocked.opened_by, clocked.opened_at,
    clocked.submitted_at, clocked.submitted_by, clocked.clock_started_at, clocked.due_at,
    clocked.decided_at, clocked.decision, clocked.decided_by, clocked.decided_by_team, clocked.reason,
    open_hours.hours as hours_in_calendar,
    clocked.run_id, clocked.as_of
from clocked
inner join open_hours on clocked.attempt_key = open_hours.attempt_key
