-- Grain: one row per packet with every instant of definitions.md: clocks, settlement, status and what follows from them.

with clocks as (

    select
        packets.*,
        readiness.ready_at,
        packets.accepted_at is not null and coalesce(readiness.ready_at > packets.accepted_at, true) as is_accepted_unready,
        case when is_accepted_unready then packets.submitted_at else readiness.ready_at end as clock_started_at,
        -- that the clock ran from the submission on is only known once it was accepted unready
        case when is_accepted_unready then greatest(packets.submitted_at, packets.accepted_at) else readiness.ready_at end
            as clock_known_at
    from {{ ref('int_packets__transitions') }} as packets
    left join {{ ref('int_packets__readiness') }} as readiness on packets.packet_key = readiness.packet_key

),

doubled as (

    select packet_key, clock_started_at, accept_hours, 2 * accept_hours as silence_hours, calendar from clocks

),

accept_deadlines as (

    {{ deadlines('doubled', 'packet_key', 'clock_started_at', 'accept_hours', 'calendar') }}

),

silences as (

    {{ deadlines('doubled', 'packet_key', 'clock_started_at', 'silence_hours', 'calendar') }}

),

-- What was decided before the clock started (a rejection that led to a complete packet) does not stop it.
later_decisions as (

    select acts.packet_key, min(acts."time") as decided_at
    from {{ ref('int_packet_acts') }} as acts
    inner join clocks on acts.packet_key = clocks.packet_key
    where acts.is_counted and clocks.decided_at < clocks.clock_started_at and acts."time" >= clocks.clock_started_at
    group by acts.packet_key

),

settled as (

    select
        clocks.*,
        accept_deadlines.due_at as accept_due_at,
        coalesce(reworks.accept_due_at, reworks.submit_due_at) as rework_due_at,
        case
            when clocks.decided_at >= clocks.clock_started_at then clocks.decided_at
            else later_decisions.decided_at
        end as clock_stopped_at,
        clocks.accepted_at < clocks.clock_started_at as is_negative,
        case when silences.due_at <= context.as_of then silences.due_at end as silent_at,
        context.as_of
    from clocks
    cross join {{ source('ops', 'run_context') }} as context
    left join accept_deadlines on clocks.packet_key = accept_deadlines.packet_key
    left join silences on clocks.packet_key = silences.packet_key
    left join {{ ref('int_packet_attempts__reworks') }} as reworks
        on clocks.packet_key = reworks.packet_key and reworks.is_last
    left join later_decisions on clocks.packet_key = later_decisions.packet_key

),

outcomes as (

    select
        *,
        least(decided_at, crossed_at, silent_at) as settled_at,
        case
            when decided_at <= least(decided_at, crossed_at) then first_decision
            when crossed_at is not null then 'crossed_undecided'
        end as answered_as,
        -- at one instant a decision comes before a crossing, and either before silence
        case
            when least(decided_at, crossed_at) <= least(decided_at, crossed_at, silent_at) then answered_as
            when silent_at is not null then 'timed_out'
        end as settled_as
    from settled

)

select
    * exclude (last_status, silent_at, is_accepted_unready, is_negative, rework_due_at, as_of),
    case when last_status = 'submitted' and settled_as = 'timed_out' then 'expired' else last_status end as status,
    -- a rejection or a re-opening never resets the first clock, but it starts another
    coalesce(rework_due_at, accept_due_at, submit_due_at) as due_at,
    (submitted_at is not null or transitioned_at is not null) and last_status not in ('void', 'withdrawn') as is_judged,
    case when accepted_at >= clock_started_at then {{ hours_between('clock_started_at', 'accepted_at') }} end
        as hours_to_acceptance,
    case when settled_at is not null then settled_as = 'accepted' end as is_first_pass,
    case when transitioned_at is not null then coalesce(crossed_at < accepted_at, accepted_at is null) end as is_ungoverned,
    triggered_at + to_days(expires_after_days) as expires_at,
    case
        when triggered_at + to_days(expires_after_days) <= as_of
            then coalesce(transitioned_at > triggered_at + to_days(expires_after_days), true)
    end as is_dropped,
    -- a packet that was accepted before its clock started is a source error: no clock says anything about it
    case
        when is_negative then null
        when coalesce(clock_stopped_at, as_of) > accept_due_at then true
        when accept_due_at is not null and (clock_stopped_at is not null or accept_due_at >= as_of) then false
    end as is_sla_breach,
    case when not coalesce(is_negative, false) and least(clock_stopped_at, accept_due_at) <= as_of
        then coalesce(accepted_at <= accept_due_at, false)
    end as is_accepted_within_sla
from outcomes
