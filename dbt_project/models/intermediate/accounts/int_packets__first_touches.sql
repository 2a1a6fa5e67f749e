-- Grain: one row per packet whose customer was touched after the work had moved: the first time by the receiver, or by
-- anyone of the receiving team (`team_touched_at`: by them alone, which one can know before the receiver is known). A system
-- user touches nobody.

with touches as (

    select account, actor, actor_team, "time" as touched_at
    from {{ ref('int_account_events') }}
    where type = 'account.touched' and not is_system

),

moved as (

    select packet_key, account, receiver, contract_receiver_team, transitioned_at
    from {{ ref('int_packets__instants') }}
    where account is not null and transitioned_at is not null

),

-- An as-of join takes null for equal to null: what it joins on must be known.
found as (

    select moved.packet_key, touches.touched_at, true as is_by_team
    from moved
    asof inner join (select * from touches where actor_team is not null) as touches
        on moved.account = touches.account and moved.contract_receiver_team = touches.actor_team
        and moved.transitioned_at <= touches.touched_at

    union all

    select moved.packet_key, touches.touched_at, false as is_by_team
    from (select * from moved where receiver is not null) as moved
    asof inner join (select * from touches where actor is not null) as touches
        on moved.account = touches.account and moved.receiver = touches.actor
        and moved.transitioned_at <= touches.touched_at

)

select
    packet_key,
    min(touched_at) as first_touch_at,
    min(touched_at) filter (is_by_team) as team_touched_at
from found
group by packet_key
