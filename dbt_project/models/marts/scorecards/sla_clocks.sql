-- Grain: one row per packet × attempt × clock. A packet is in one court at a time: the sender's clock (submit, later rework)
-- runs until the receiver's starts, which is when the packet is complete, not when it is sent off; the receiver's runs until
-- the decision. So a complete packet that nobody decides is the receiver's breach, an incomplete one the sender's. A
-- crossing stops neither: the work moved, and the packet or its decision is owed all the same. Where nobody could read whether
-- it was sent off or decided, there is no clock.

with taken_back as (

    select acts.packet_key, max(acts."time") as taken_back_at
    from {{ ref('int_packet_acts') }} as acts
    inner join {{ ref('int_packets__instants') }} as packets on acts.packet_key = packets.packet_key
    where packets.status in ('withdrawn', 'void') and acts.act in ('withdrawn', 'voided')
    group by acts.packet_key

),

attempts as (

    select
        clocks.*,
        least(clocks.ended_at, taken_back.taken_back_at) as closed_at,
        packets.sender, packets.receiver, packets.contract_sender_team, packets.contract_receiver_team,
        packets.submit_hours, packets.accept_hours,
        contract.receiver_fallback,
        packets.triggered_on >= contract.decisions_from and not coalesce(unread.are_decisions_unread, false)
            as has_recorded_decisions,
        not coalesce(unread.are_submissions_unread, false) as has_recorded_submissions,
        organisation.warn_share
    from {{ ref('int_packet_attempts__clocks') }} as clocks
    inner join {{ ref('int_packets__instants') }} as packets on clocks.packet_key = packets.packet_key
    inner join {{ ref('contract_versions') }} as contract
        on packets.handoff = contract.handoff and packets.contract_version = contract.version
    cross join {{ ref('organisation') }} as organisation
    left join taken_back on clocks.packet_key = taken_back.packet_key
    left join {{ ref('int_packets__unread') }} as unread on clocks.packet_key = unread.packet_key
    where contract.times_recorded

),

clocks as materialized (

    select row_number() over () as clock_key, *, hours_allowed * warn_share as hours_to_warning
    from (
        select
            * exclude (receiver_fallback),
            case when attempt = 1 then 'submit' else 'rework' end as clock, 'sender' as court,
            opened_at as started_at, submit_due_at as due_at, submit_hours as hours_allowed,
            least(clock_started_at, closed_at) as stopped_at,
            clock_started_at as answered_at,
            sender as person, contract_sender_team as side, null as fallback
        from attempts
        where has_recorded_submissions
            and (attempt = 1 or opened_by != 'withdrawal') -- who took a packet back owes nobody another

        union all by name

        select
            * exclude (receiver_fallback),
            'accept' as clock, 'receiver' as court,
            clock_started_at as started_at, accept_due_at as due_at, accept_hours as hours_allowed,
            closed_at as stopped_at,
            decided_at as answered_at,
            receiver as person, contract_receiver_team as side, receiver_fallback as fallback
        from attempts
        where has_recorded_decisions
            -- what was decided before its clock started is a source error: no clock says anything about it
            and clock_started_at is not null and coalesce(closed_at >= clock_started_at, true)
    )

),

ended as materialized (

    select clocks.*, coalesce(clocks.stopped_at, context.as_of) as seen_at, context.run_id, context.as_of
    from clocks
    cross join {{ source('ops', 'run_context') }} as context

),

warnings as (

    {{ deadlines('ended', 'clock_key', 'started_at', 'hours_to_warning', 'calendar') }}

),

used as (

    {{ hours_in_calendar('ended', 'clock_key', 'started_at', 'seen_at', 'calendar') }}

),

-- Who owned it on that side while the clock ran. A team that hands over to itself assigns to its receivers.
assigned as (

    select ended.clock_key, {{ last_of('acts.actor') }} as owner
    from {{ ref('int_packet_acts') }} as acts
    inner join ended on acts.packet_key = ended.packet_key
    where acts.act = 'assigned' and not acts.is_system and acts.named_team = ended.side and acts."time" <= ended.seen_at
        and (ended.court = 'receiver' or ended.contract_sender_team != ended.contract_receiver_team)
    group by ended.clock_key

),

owned as (

    select ended.*, coalesce(assigned.owner, ended.person) as owner
    from ended
    left join assigned on ended.clock_key = assigned.clock_key

)

select
    owned.packet_id, owned.handoff, owned.attempt, owned.clock,
    owned.started_at, warnings.due_at as warn_at, owned.due_at, owned.stopped_at,
    case
        when owned.seen_at > owned.due_at then 'breached'
        when owned.stopped_at is null then 'running'
        when owned.stopped_at = owned.answered_at then 'met'
        else 'stopped'
    end as state,
    used.hours as hours_used,
    owned.hours_allowed::double as hours_allowed,
    owned.court,
    -- who has gone cannot answer, and nobody must not be asked
    case when coalesce(persons.is_active, true) then coalesce(owned.owner, owned.fallback, owned.side)
        else coalesce(owned.fallback, owned.side)
    end as owner,
    case
        when owned.owner is not null and coalesce(persons.is_active, true) then 'person'
        when owned.fallback is not null then 'fallback'
        else 'team'
    end as owner_kind,
    owned.run_id, owned.as_of
from owned
inner join used on owned.clock_key = used.clock_key
left join warnings on owned.clock_key = warnings.clock_key
left join {{ ref('int_persons') }} as persons
    on owned.owner = persons.person and owned.as_of >= persons.since and owned.as_of < persons.until
