-- Grain: one row per packet × attempt: one submission and its decision. The first has the clocks of the packet: the sender's
-- from the trigger, the receiver's from when it was ready. Every later one has its own, from what opened it.

with clocked as materialized (

    select
        row_number() over () as attempt_key,
        packets.packet_id, packets.handoff, packets.calendar,
        attempts.*,
        -- what got ready only after a rejection was ready in a later attempt
        attempts.attempt = 1 and not coalesce(
            packets.clock_started_at > attempts.ended_at and later.packet_key is not null, false
        ) as has_first_clock,
        case when has_first_clock then packets.clock_started_at else reworks.clock_started_at end as clock_started_at,
        case
            when attempts.attempt > 1 then reworks.due_at
            when has_first_clock then coalesce(packets.accept_due_at, packets.submit_due_at)
            else packets.submit_due_at
        end as due_at,
        coalesce(attempts.ended_at, context.as_of) as clock_stopped_at,
        context.run_id, context.as_of
    from {{ ref('int_packet_attempts') }} as attempts
    inner join {{ ref('int_packets__instants') }} as packets on attempts.packet_key = packets.packet_key
    cross join {{ source('ops', 'run_context') }} as context
    left join {{ ref('int_packet_attempts__reworks') }} as reworks
        on attempts.packet_key = reworks.packet_key and attempts.attempt = reworks.attempt
    left join (
        select packet_key from {{ ref('int_packet_attempts__reworks') }} where attempt = 2
    ) as later on attempts.packet_key = later.packet_key

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
