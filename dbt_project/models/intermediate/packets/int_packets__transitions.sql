-- Grain: one row per packet: its decisions that count, and when the work really moved. Nothing here depends on fields.

with decisions as (

    select
        packet_key,
        min("time") filter (is_counted) as decided_at,
        {{ first_of('act') }} filter (is_counted) as first_decision,
        -- the first who is named, if need be by a later decision
        {{ first_of('actor') }} filter (is_counted) as decided_by,
        min("time") filter (is_counted and actor is not null) as decider_known_at,
        min("time") filter (is_counted and act = 'accepted') as accepted_at,
        min(order_key) filter (is_counted and act = 'accepted') as accepted_order,
        {{ of_the_first('actor') }} filter (is_counted and act = 'accepted') as accepted_by,
        count(*) filter (is_counted and act = 'rejected') as rejections,
        min("time") filter (is_counted and act = 'rejected') as first_rejected_at,
        {{ first_of("coalesce(reason, 'other')") }} filter (is_counted and act = 'rejected') as first_reason,
        {{ last_of('act') }} filter (
            is_counted or act in ('submitted', 'reopened', 'withdrawn', 'voided')
        ) as last_act
    from {{ ref('int_packet_acts') }}
    group by packet_key

),

-- Few packets are ever re-opened; what is re-opened before anybody accepted it is not.
reopenings as (

    select acts.packet_key, min(acts."time") as reopened_at
    from {{ ref('int_packet_acts') }} as acts
    inner join decisions on acts.packet_key = decisions.packet_key
    where acts.act = 'reopened' and acts.order_key > decisions.accepted_order
    group by acts.packet_key

),

-- Few packets have a second attempt; one that is still to come does not count yet.
attempts as (

    select packet_key, count(*) as later_attempts
    from {{ ref('int_packet_attempts') }}
    where attempt > 1 and (submitted_at is not null or decided_at is not null)
    group by packet_key

),

moved as (

    select
        packets.*,
        senders.sender, senders.sender_team,
        decisions.decided_at, decisions.first_decision, decisions.decided_by, decisions.decider_known_at,
        decisions.accepted_at, decisions.accepted_by,
        coalesce(decisions.rejections, 0) as rejections,
        decisions.first_rejected_at, decisions.first_reason,
        reopenings.reopened_at,
        least(decisions.accepted_at, packets.crossed_at) as transitioned_at,
        least(decisions.decided_at, packets.crossed_at) as received_at,
        reopenings.reopened_at is not null as is_reopened,
        case decisions.last_act
            when 'reopened' then 'submitted'
            when 'voided' then 'void'
            else coalesce(decisions.last_act, 'draft')
        end as last_status,
        case
            when packets.submitted_at is null and decisions.decided_at is null then 0
            else 1 + coalesce(attempts.later_attempts, 0)
        end as attempts
    from {{ ref('int_packets') }} as packets
    inner join {{ ref('int_packets__senders') }} as senders on packets.packet_key = senders.packet_key
    left join decisions on packets.packet_key = decisions.packet_key
    left join reopenings on packets.packet_key = reopenings.packet_key
    left join attempts on packets.packet_key = attempts.packet_key

),

-- Owners on the receiving side, each with the one before; at first it is who accepted, if anybody knows.
assigned as (

    select
        acts.packet_key, acts.actor, acts."time", acts.order_key, moved.received_at, moved.accepted_at,
        coalesce(
            lag(acts.actor) over (partition by acts.packet_key order by acts.order_key), moved.accepted_by
        ) as owner_before
    from {{ ref('int_packet_acts') }} as acts
    inner join moved on acts.packet_key = moved.packet_key
    where acts.act = 'assigned' and acts.named_team = moved.contract_receiver_team

),

-- The receiver: who owned it on the receiving side when it was first decided or crossed, else who decided.
owners as (

    select
        packet_key,
        {{ last_of('actor') }} filter ("time" <= received_at) as owner,
        count(*) filter (
            "time" > accepted_at and "time" <= accepted_at + interval 720 hour and actor != owner_before
        ) as reassignments
    from assigned
    group by packet_key

)

select
    moved.* exclude (
        received_at, accepted_by, decided_by, decider_known_at, submission_actor, submission_team, trigger_actor, trigger_team
    ),
    coalesce(owners.owner, moved.decided_by) as receiver,
    case when owners.owner is not null then moved.received_at else moved.decider_known_at end as receiver_known_at,
    moved.contract_receiver_team as receiver_team, -- whoever decides is in it, or in none that is known
    coalesce(owners.reassignments, 0) as reassignments
from moved
left join owners on moved.packet_key = owners.packet_key
