-- Grain: one row per attempt after a packet's first, with its clocks: the sender has the submit SLA once more from the
-- rejection or re-opening on, the receiver the accept SLA from the submission on. Who took a packet back owes nobody another.

with reworks as materialized (

    select
        row_number() over () as rework_key,
        attempts.packet_key, attempts.attempt, attempts.submitted_at,
        case when attempts.opened_by != 'withdrawal' then attempts.opened_at end as rework_started_at,
        packets.calendar, packets.submit_hours, packets.accept_hours
    from {{ ref('int_packet_attempts') }} as attempts
    inner join {{ ref('int_packets') }} as packets on attempts.packet_key = packets.packet_key
    where attempts.attempt > 1

),

submissions_due as (

    {{ deadlines('reworks', 'rework_key', 'rework_started_at', 'submit_hours', 'calendar') }}

),

decisions_due as (

    {{ deadlines('reworks', 'rework_key', 'submitted_at', 'accept_hours', 'calendar') }}

)

select
    reworks.packet_key, reworks.attempt,
    reworks.submitted_at as clock_started_at,
    submissions_due.due_at as submit_due_at, decisions_due.due_at as accept_due_at,
    max(reworks.attempt) over (partition by reworks.packet_key) = reworks.attempt as is_last
from reworks
left join submissions_due on reworks.rework_key = submissions_due.rework_key
left join decisions_due on reworks.rework_key = decisions_due.rework_key
