-- Grain: one row per packet × attempt × clock × round: until when, how much of it is used, whose it is, and who is told. A
-- breach goes one rung up with each `escalate_hours` of the clock's calendar, as far as the ladder reaches.

with clocks as materialized (

    select
        clocks.*,
        clocks.hours_allowed * organisation.warn_share as hours_to_warning,
        organisation.escalate_hours as hours_to_first,
        2 * organisation.escalate_hours as hours_to_second
    from {{ ref('int_clocks') }} as clocks
    cross join {{ ref('organisation') }} as organisation

),

warnings as (

    {{ deadlines('clocks', 'clock_key', 'started_at', 'hours_to_warning', 'calendar') }}

),

used as (

    {{ hours_in_calendar('clocks', 'clock_key', 'started_at', 'seen_at', 'calendar') }}

),

breached as (

    select clock_key, due_at, calendar, hours_to_first, hours_to_second
    from clocks
    where seen_at > due_at and hours_to_first is not null

),

first_rungs as (

    {{ deadlines('breached', 'clock_key', 'due_at', 'hours_to_first', 'calendar') }}

),

second_rungs as (

    {{ deadlines('breached', 'clock_key', 'due_at', 'hours_to_second', 'calendar') }}

),

laddered as (

    select
        clocks.*, owners.owner, owners.owner_kind, owners.first_told, owners.first_told_as, owners.second_told,
        warnings.due_at as warn_at, first_rungs.due_at as first_rung_at, second_rungs.due_at as second_rung_at,
        case
            when owners.second_told is not null and clocks.seen_at >= second_rung_at then 2
            when owners.first_told is not null and clocks.seen_at >= first_rung_at then 1
            else 0
        end as rung
    from clocks
    inner join {{ ref('int_clocks__owners') }} as owners on clocks.clock_key = owners.clock_key
    left join warnings on clocks.clock_key = warnings.clock_key
    left join first_rungs on clocks.clock_key = first_rungs.clock_key
    left join second_rungs on clocks.clock_key = second_rungs.clock_key

)

select
    laddered.packet_id, laddered.handoff, laddered.attempt, laddered.clock, laddered.round,
    laddered.started_at, laddered.warn_at, laddered.due_at, laddered.stopped_at,
    case
        when laddered.seen_at > laddered.due_at then 'breached'
        when laddered.stopped_at is null then 'running'
        when laddered.stopped_at = laddered.answered_at then 'met'
        else 'stopped'
    end as state,
    used.hours as hours_used,
    laddered.hours_allowed::double as hours_allowed,
    laddered.court, laddered.owner, laddered.owner_kind,
    laddered.rung,
    case laddered.rung when 2 then laddered.second_rung_at when 1 then laddered.first_rung_at end as escalated_at,
    case
        when laddered.rung = 2 then laddered.second_told
        when laddered.rung = 1 then laddered.first_told
        when laddered.seen_at >= laddered.warn_at then laddered.owner
    end as told,
    case
        when laddered.rung = 2 then 'executive'
        when laddered.rung = 1 then laddered.first_told_as
        when laddered.seen_at >= laddered.warn_at then 'owner'
    end as told_as,
    laddered.run_id, laddered.as_of
from laddered
inner join used on laddered.clock_key = used.clock_key
