-- Grain: one row per crossing of an account between motions: a packet of the handoff numbered H06, neither void nor withdrawn.

select
    packets.packet_key, packets.packet_id, packets.handoff, packets.account, packets.motion,
    packets.triggered_at, packets.transitioned_at, packets.receiver, packets.receiver_team, contract.receiver_fallback
from {{ ref('int_packets__instants') }} as packets
inner join {{ ref('contract_versions') }} as contract
    on packets.handoff = contract.handoff and packets.contract_version = contract.version
where contract.number = 'H06' and packets.account is not null and packets.status not in ('void', 'withdrawn')
