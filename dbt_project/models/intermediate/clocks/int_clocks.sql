-- Grain: one row per packet × attempt × clock × round. A packet is in one court at a time: the sender's clock (submit, later
-- rework) runs until the receiver's starts, which is when the packet is complete, not when it is sent off; the receiver's
-- runs until the decision. So a complete packet that nobody decides is the receiver's breach, an incomplete one the
-- sender's. A crossing stops neither: the work moved, and the packet or its decision is owed all the same. Beside them the
-- sending side owes the customer a word (`customer_update`), in rounds that belong to the packet and not to an attempt.
-- Where nobody could read whether it was sent off or decided, there is no clock.

with taken_back as (

    select acts.packet_key, max(acts."time") as taken_back_at
    from {{ ref('int_packet_acts') }} as acts
    inner join {{ ref('int_packets__instants') }} as packets on acts.packet_key = packets.packet_key
    where packets.status in ('withdrawn', 'void') and acts.act in ('withdrawn', 'voided')
    group by acts.packet_key

),

packets as (

    select
        packets.*, taken_back.taken_back_at,
        contract.sender_fallback, contract.receiver_fallback,
        packets.triggered_on >= contract.decisions_from and not coalesce(unread.are_decisions_unread, false)
            as has_recorded_decisions,
        not coalesce(unread.are_submissions_unread, false) as has_recorded_submissions
    from {{ ref('int_packets__instants') }} as packets
    inner join {{ ref('contract_versions') }} as contract
        on packets.handoff = contract.handoff and packets.contract_version = contract.version
    left join taken_back on packets.packet_key = taken_back.packet_key
    left join {{ ref('int_packets__unread') }} as unread on packets.packet_key = unread.packet_key
    where contract.times_recorded

),

attempts as (

    select
        packets.* exclude (clock_started_at, submit_due_at, accept_due_at, submitted_at, decided_at),
        clocks.attempt, clocks.opened_by, clocks.opened_at, clocks.clock_started_at, clocks.decided_at,
        clocks.submit_due_at, clocks.accept_due_at,
        least(clocks.ended_at, packets.taken_back_at) as closed_at
    from {{ ref('int_packet_attempts__clocks') }} as clocks
    inner join packets on clocks.packet_key = packets.packet_key

),

clocks as (

    select
        packet_key, attempt, case when attempt = 1 then 'submit' else 'rework' end as clock, 1 as round, 'sender' as court,
        opened_at as started_at, submit_due_at as due_at, submit_hours as hours_allowed,
        least(clock_started_at, closed_at) as stopped_at,
        clock_started_at as answered_at,
        sender as person
    from attempts
    where has_recorded_submissions
        and (attempt = 1 or opened_by != 'withdrawal') -- who took a packet back owes nobody another

    union all by name

    select
        packet_key, attempt, 'accept' as clock, 1 as round, 'receiver' as court,
        clock_started_at as started_at, accept_due_at as due_at, accept_hours as hours_allowed,
        closed_at as stopped_at,
        decided_at as answered_at,
        receiver as person
    from attempts
    where has_recorded_decisions
        -- what was decided before its clock started is a source error: no clock says anything about it
        and clock_started_at is not null and coalesce(closed_at >= clock_started_at, true)

    union all by name

    select
        packets.packet_key, 1 as attempt, 'customer_update' as clock, updates.round, 'sender' as court,
        updates.started_at, updates.due_at, updates.update_hours as hours_allowed,
        least(updates.answered_at, packets.taken_back_at) as stopped_at,
        updates.answered_at,
        coalesce(packets.sender, updates.account_owner) as person
    from {{ ref('int_customer_updates') }} as updates
    inner join packets on updates.packet_key = packets.packet_key
    where coalesce(updates.started_at < packets.taken_back_at, true)

)

select
    row_number() over (order by clocks.packet_key, clocks.attempt, clocks.clock, clocks.round) as clock_key,
    clocks.*,
    packets.packet_id, packets.handoff, packets.calendar,
    case clocks.court when 'sender' then packets.contract_sender_team else packets.contract_receiver_team end as side,
    case clocks.court when 'sender' then packets.sender_fallback else packets.receiver_fallback end as fallback,
    packets.contract_sender_team = packets.contract_receiver_team as is_within_a_team,
    coalesce(clocks.stopped_at, context.as_of) as seen_at,
    context.run_id, context.as_of
from clocks
inner join packets on clocks.packet_key = packets.packet_key
cross join {{ source('ops', 'run_context') }} as context
