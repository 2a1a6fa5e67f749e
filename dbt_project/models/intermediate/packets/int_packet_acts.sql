-- Grain: one row per act on a packet after its trigger (submission, decision, re-opening, withdrawal, assignment,
-- crossing), with whether a decision counts. Decisions that do not count are kept and flagged, never obeyed:
-- only the receiving team decides; the sender and a system user never do; without an actor a decision counts only for a
-- source declared `decisions = "trusted"`.

select
    packets.packet_key,
    acts.position, acts.act, acts."time", acts.order_key, acts.actor, acts.actor_team, acts.named_team,
    case
        when acts.reason is null or reasons.reason is not null then acts.reason
        else 'other' -- the original stays in the ledger
    end as reason,
    packets.contract_receiver_team, acts.is_system,
    acts.act in ('accepted', 'rejected') as is_decision,
    acts.act in ('accepted', 'rejected') and coalesce(
        case
            when acts.actor is null then declared.decisions = 'trusted'
            when acts.is_system or acts.actor = senders.sender then false
            when acts.actor_team is not null then acts.actor_team = packets.contract_receiver_team
            else true
        end,
        false
    ) as is_counted
from {{ ref('int_packet_events') }} as acts
inner join {{ ref('int_packets') }} as packets on acts.packet_key = packets.packet_key
inner join {{ ref('int_packets__senders') }} as senders on packets.packet_key = senders.packet_key
left join {{ source('ops', 'sources') }} as declared on acts.origin = declared.name
left join {{ ref('rejection_reasons') }} as reasons on acts.reason = reasons.reason
where acts.act != 'triggered'
