-- Grain: one row per account that could not be linked and event that tells of it: because what its record claims conflicts
-- with what others claim, or because nothing links it although its system's accounts are to be linked.

with known as (

    select claims.*, split_part(claims.account, ':', 1) as system,
        coalesce(own.account, claims.account) as own_account, coalesce(claimed.account, claims.claim) as claimed_account
    from {{ ref('int_account_claims') }} as claims
    left join {{ ref('int_account_ids') }} as own on claims.account = own.account_id
    left join {{ ref('int_account_ids') }} as claimed on claims.claim = claimed.account_id

),

-- Several systems have accounts of this domain, and they did not become one.
disputed as (

    select claim
    from known
    where kind = 'domain'
    group by claim
    having count(distinct own_account) > 1 and count(distinct system) > 1

),

linked_systems as (

    select systems.system, min(types.position) as position
    from (
        select source_system as system from {{ ref('link_map') }} where kind in ('account_id', 'domain')
        union
        select target_system from {{ ref('link_map') }} where kind = 'account_id'
    ) as systems
    inner join {{ ref('record_map') }} as types on coalesce(types.handoff, '') = '' and systems.system = types.source_system
    group by systems.system

),

second_systems as (

    select system from linked_systems where position > (select min(position) from linked_systems)

),

alone as (

    select accounts.account
    from {{ ref('int_accounts') }} as accounts
    semi join second_systems on split_part(accounts.account, ':', 1) = second_systems.system
    anti join {{ ref('int_account_ids') }} as ids
        on accounts.account = ids.account and split_part(ids.account_id, ':', 1) != split_part(accounts.account, ':', 1)

),

told as (

    select account, position, order_key from {{ ref('int_account_events') }}
    union all
    select account, position, order_key from {{ ref('int_record_packets') }}

)

select own_account as account, position, true as is_conflicting
from known
where kind = 'account_id' and own_account != claimed_account

union

select known.own_account, known.position, true
from known
semi join disputed on known.claim = disputed.claim
where known.kind = 'domain'

union

select told.account, arg_min(told.position, told.order_key), false
from told
semi join alone on told.account = alone.account
group by told.account
