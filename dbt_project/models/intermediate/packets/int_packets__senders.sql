-- Grain: one row per packet. Who hands it over: the owner on the sending side at the trigger, else who first submitted,
-- else who triggered; never a system user.

with owners as (

    select packets.packet_key, {{ last_of('acts.actor') }} as owner
    from {{ ref('int_packet_events') }} as acts
    inner join {{ ref('int_packets') }} as packets on acts.packet_key = packets.packet_key
    where acts.act = 'assigned'
        and acts.named_team = packets.contract_sender_team
        and acts."time" <= packets.triggered_at
        and not acts.is_system
    group by packets.packet_key

),

senders as (

    select
        packets.packet_key, packets.triggered_at, packets.contract_sender_team,
        coalesce(owners.owner, packets.submission_actor, packets.trigger_actor) as sender,
        case
            when owners.owner is not null then null
            when packets.submission_actor is not null then packets.submission_team
            else packets.trigger_team
        end as team_on_event
    from {{ ref('int_packets') }} as packets
    left join owners on packets.packet_key = owners.packet_key

)

select
    senders.packet_key,
    senders.sender,
    coalesce(senders.team_on_event, persons.team, senders.contract_sender_team) as sender_team
from senders
left join {{ ref('int_persons') }} as persons
    on senders.sender = persons.person and senders.triggered_at >= persons.since and senders.triggered_at < persons.until
