-- Grain: one row per packet × attempt with its two clocks, the sender's and the receiver's. The first attempt has those of
-- the packet: from the trigger, and from when it was ready. Every later one has its own, from what opened it.

select
    packets.packet_id, packets.handoff, packets.calendar,
    attempts.*,
    -- what got ready only after a rejection was ready in a later attempt
    attempts.attempt = 1 and not coalesce(
        packets.clock_started_at > attempts.ended_at and later.packet_key is not null, false
    ) as has_first_clock,
    case when has_first_clock then packets.clock_started_at else reworks.clock_started_at end as clock_started_at,
    case when attempts.attempt = 1 then packets.submit_due_at else reworks.submit_due_at end as submit_due_at,
    case when has_first_clock then packets.accept_due_at else reworks.accept_due_at end as accept_due_at
from {{ ref('int_packet_attempts') }} as attempts
inner join {{ ref('int_packets__instants') }} as packets on attempts.packet_key = packets.packet_key
left join {{ ref('int_packet_attempts__reworks') }} as reworks
    on attempts.packet_key = reworks.packet_key and attempts.attempt = reworks.attempt
left join (
    select packet_key from {{ ref('int_packet_attempts__reworks') }} where attempt = 2
) as later on attempts.packet_key = later.packet_key
