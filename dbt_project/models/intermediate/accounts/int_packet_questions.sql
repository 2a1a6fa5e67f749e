-- Grain: one row per question, flagged re-ask or check for re-asks and the acceptance it is about: the packet it names, else
-- the account's latest acceptance through this handoff. Questions and re-asks count for thirty days from the acceptance,
-- a check whenever it is made.

with accepted as (

    select packet_key, handoff, subject, cycle, account, accepted_at, transitioned_at
    from {{ ref('int_packets__instants') }}
    where accepted_at is not null and status not in ('void', 'withdrawn')

),

asked as (

    select handoff, subject, cycle, account, field, type, "time" as asked_at
    from {{ ref('int_account_events') }}
    where type in ('handoff.question_asked', 'handoff.reasked', 'handoff.reask_checked')

),

placed as (

    select accepted.*, asked.field, asked.type, asked.asked_at
    from asked
    inner join accepted
        on asked.handoff = accepted.handoff and asked.subject = accepted.subject and asked.cycle = accepted.cycle
        and asked.asked_at >= accepted.accepted_at

    union all

    -- an as-of join takes null for equal to null: nobody's question is about no packet
    select accepted.*, asked.field, asked.type, asked.asked_at
    from (select * from asked where subject is null and account is not null) as asked
    asof inner join accepted
        on asked.handoff = accepted.handoff and asked.account = accepted.account
        and asked.asked_at >= accepted.accepted_at

)

select packet_key, account, transitioned_at, field, asked_at, type
from placed
where type = 'handoff.reask_checked' or asked_at <= accepted_at + {{ thirty_days() }}
