-- Grain: one row per acceptance that anybody looked at: when it was first examined, and whether the customer was asked twice.
-- A flagged re-ask is one; a question is one if its field was valid in the packet (the receiver did not read it) or only in
-- an earlier packet of the account (the sender did not bring it). Other questions are what a first conversation is for.

with asked as (

    select * from {{ ref('int_packet_questions') }} where field is not null

),

answered as (

    select fields.packet_key, fields.field, packets.account, packets.transitioned_at
    from {{ ref('int_packet_fields__judged') }} as fields
    inner join {{ ref('int_packets__instants') }} as packets on fields.packet_key = packets.packet_key
    where fields.state_at_transition = 'valid' and fields.field in (select field from asked)

),

answered_first as (

    select account, field, min(transitioned_at) as transitioned_at
    from answered
    where account is not null
    group by account, field

),

classed as (

    select
        questions.packet_key, questions.asked_at, questions.type,
        here.packet_key is not null as is_answered_here,
        here.packet_key is null and coalesce(earlier.transitioned_at < questions.transitioned_at, false)
            as is_answered_earlier
    from {{ ref('int_packet_questions') }} as questions
    left join answered as here on questions.packet_key = here.packet_key and questions.field = here.field
    left join answered_first as earlier
        on questions.account = earlier.account and questions.field = earlier.field

),

confirmed as (

    select
        *,
        type = 'handoff.reasked'
        or (type = 'handoff.question_asked' and (is_answered_here or is_answered_earlier)) as is_reask
    from classed

)

select
    packet_key,
    min(asked_at) as examined_at,
    min(asked_at) filter (is_reask) as reasked_at,
    bool_or(is_reask and is_answered_here) as is_rediscovered_by_receiver,
    bool_or(is_reask and is_answered_earlier) as is_rediscovered_by_sender
from confirmed
group by packet_key
