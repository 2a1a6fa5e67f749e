-- Grain: one row per trigger after which somebody of the receiving team touched the packet's account: the first touch at
-- that instant or later. Only for handoffs whose crossing shows by it.

with anchors as (

    select anchor, account, receiver_team, {{ instant_key('"time"') }} as instant_key
    from {{ ref('int_record_anchors') }}
    where event = 'handoff.triggered' and account is not null
        and handoff in (select handoff from {{ ref('event_map') }} where form = 'first_touch')

),

told as (

    select
        told.position, told.order_key, told."time", told.origin, told.actor, told.team, told.detail,
        coalesce(ids.account, told.account) as account
    from {{ ref('int_events__told') }} as told
    left join {{ ref('int_account_ids') }} as ids on told.account = ids.account_id
    where told.type = 'account.touched' and exists (select 1 from anchors)

),

touches as (

    select told.* exclude (team), coalesce(told.team, persons.team) as team
    from told
    left join {{ ref('int_person_ids') }} as people on told.actor = people.id
    left join {{ ref('int_persons') }} as persons
        on coalesce(people.person, told.actor) = persons.person
        and told."time" >= persons.since and told."time" < persons.until
    where told.account in (select account from anchors)
        and not {{ is_system_user('persons.is_system', 'told.detail') }}

)

select
    anchors.anchor, touches.position, touches.order_key, touches."time", touches.origin, touches.actor, touches.team
from anchors
asof inner join touches
    on anchors.account = touches.account and anchors.receiver_team = touches.team
    and anchors.instant_key <= touches.order_key
