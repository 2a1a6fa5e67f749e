-- Grain: one row per packet: its decisions that count, and when the work really moved. Nothing here depends on fields.

with decisions as (

    select
        packet_key,
        min("time") filter (is_counted) as decided_at,
        {{ first_of('act') }} filter (is_counted) as first_decision,
        {{ first_of('actor') }} filter (is_counted) as decided_by,
        {{ first_of('actor_team') }} filter (is_counted) as decided_by_team,
        min("time") filter (is_counted and act = 'accepted') as accepted_at,
        count(*) filter (is_counted and act = 'rejected') as rejections,
        {{ first_of("coalesce(reason, 'other')") }} filter (is_counted and act = 'rejected') as first_reason,
        max("time") filter (act = 'reopened') as last_reopened_at,
        {{ last_of('act') }} filter (
            is_counted or act in ('submitted', 'reopened', 'withdrawn', 'voided')
        ) as last_act
    from {{ ref('int_packet_acts') }}
    group by packet_key

),

-- A rejection or a re-opening leads to the next attempt: the submission that follows it. Few packets have one.
attempts as (

    select packet_key, count(*) filter (act = 'submitted' and previous_act in ('rejected', 'reopened')) as later_attempts
    from (
        select
            packet_key, act,
            lag(act) over (partition by packet_key order by order_key) as previous_act
        from {{ ref('int_packet_acts') }}
        where (is_counted or act in ('submitted', 'reopened'))
            and packet_key in (
                select packet_key from {{ ref('int_packet_acts') }} where act in ('rejected', 'reopened')
            )
    )
    group by packet_key

),

moved as (

    select
        packets.*,
        senders.sender, senders.sender_team,
        decisions.decided_at, decisions.first_decision, decisions.decided_by, decisions.decided_by_team,
        decisions.accepted_at,
        coalesce(decisions.rejections, 0) as rejections,
        decisions.first_reason,
        least(decisions.accepted_at, packets.crossed_at) as transitioned_at,
        least(decisions.decided_at, packets.crossed_at) as received_at,
        coalesce(decisions.last_reopened_at > decisions.accepted_at, false) as is_reopened,
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
    left join attempts on packets.packet_key = attempts.packet_key

),

-- The receiver: who owned it on the receiving side when it was first decided or crossed, else who decided.
owners as (

    select
        moved.packet_key,
        {{ last_of('acts.actor') }} filter (acts."time" <= moved.received_at) as owner,
        count(distinct acts.actor) filter (acts."time" > moved.accepted_at) as reassignments
    from {{ ref('int_packet_acts') }} as acts
    inner join moved on acts.packet_key = moved.packet_key
    where acts.act = 'assigned' and acts.named_team = moved.contract_receiver_team
    group by moved.packet_key

)

select
    moved.* exclude (received_at, decided_by, decided_by_team, submission_actor, submission_team, trigger_actor, trigger_team),
    coalesce(owners.owner, moved.decided_by) as receiver,
    case
        when owners.owner is null and moved.decided_by is not null
            then coalesce(moved.decided_by_team, moved.contract_receiver_team)
        else moved.contract_receiver_team
    end as receiver_team,
    coalesce(owners.reassignments, 0) as reassignments
from moved
left join owners on moved.packet_key = owners.packet_key
