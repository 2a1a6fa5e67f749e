-- Grain: one row per packet × round in which its sending side owes the customer a word, where the contract has `update_hours`.
-- The first round starts at the trigger; each word ends one and, as long as the work has not moved, starts the next. What
-- was owed when it moved is owed still. A word counts whoever of us gives it, unless it was a system; one that names
-- no record is about every packet that the account then has in this handoff.

with owing as (

    select
        packets.packet_key, packets.handoff, packets.subject, packets.cycle, packets.account, packets.motion,
        packets.triggered_at, packets.transitioned_at, packets.calendar, contract.update_hours
    from {{ ref('int_packets__instants') }} as packets
    inner join {{ ref('contract_versions') }} as contract
        on packets.handoff = contract.handoff and packets.contract_version = contract.version
    where contract.update_hours is not null and contract.times_recorded

),

told as (

    select "time" as told_at, handoff, subject, cycle, account
    from {{ ref('int_account_events') }}
    where type = 'handoff.customer_updated' and not is_system

),

words as (

    select owing.packet_key, told.told_at
    from told
    inner join owing
        on told.handoff = owing.handoff and told.subject = owing.subject and told.cycle = owing.cycle
        and told.told_at >= owing.triggered_at

    union

    select owing.packet_key, told.told_at
    from (select * from told where subject is null) as told
    inner join owing
        on told.handoff = owing.handoff and told.account = owing.account and told.told_at >= owing.triggered_at

),

-- A word at the instant of the trigger answers it.
rounds as (

    select
        packet_key, is_word, instant as started_at,
        row_number() over in_order as round,
        lead(instant) over in_order as answered_at
    from (
        select packet_key, triggered_at as instant, false as is_word from owing

        union all

        select packet_key, told_at as instant, true as is_word from words
    ) as instants
    window in_order as (partition by packet_key order by instant, is_word)

),

owed as materialized (

    select row_number() over () as round_key, rounds.* exclude (is_word), owing.calendar, owing.update_hours
    from rounds
    inner join owing on rounds.packet_key = owing.packet_key
    where not rounds.is_word or coalesce(rounds.started_at < owing.transitioned_at, true)

),

deadlines as (

    {{ deadlines('owed', 'round_key', 'started_at', 'update_hours', 'calendar') }}

),

-- Whose the account is, where nobody handed the packet over.
relations as (

    select owing.packet_key, {{ last_of('events.actor') }} as account_owner
    from {{ ref('int_account_events') }} as events
    inner join owing on events.account = owing.account
    where events.type = 'account.primary_set' and not events.is_system
        and coalesce(json_extract_string(events.detail, '$.motion') = owing.motion, true)
    group by owing.packet_key

)

select
    owed.packet_key, owed.round::integer as round, owed.started_at, deadlines.due_at, owed.answered_at, owed.update_hours,
    relations.account_owner
from owed
inner join deadlines on owed.round_key = deadlines.round_key
left join relations on owed.packet_key = relations.packet_key
