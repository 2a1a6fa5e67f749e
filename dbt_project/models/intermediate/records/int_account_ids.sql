-- Grain: one row per account id that is known to stand for another: `account` is what it counts for. To what was stated and
-- what ids say, domains add the rest: one that several accounts of a system have tells nothing about any of them.

with claims as (

    select distinct coalesce(ids.account, claims.account) as account, claims.claim as domain
    from {{ ref('int_account_claims') }} as claims
    left join {{ ref('int_account_ids__by_id') }} as ids on claims.account = ids.account_id
    where claims.kind = 'domain'

),

shared as (

    select domain
    from claims
    group by domain
    having count(*) > 1

),

owned as (

    select claims.domain, claims.account, split_part(claims.account, ':', 1) as system
    from claims
    semi join shared on claims.domain = shared.domain

    union

    select claims.domain, claims.account, split_part(ids.account_id, ':', 1)
    from claims
    semi join shared on claims.domain = shared.domain
    inner join {{ ref('int_account_ids__by_id') }} as ids on claims.account = ids.account

),

telling as (

    select owned.domain
    from owned
    semi join {{ ref('record_map') }} as types
        on coalesce(types.handoff, '') = '' and owned.system = types.source_system
    group by owned.domain
    having count(*) = count(distinct owned.system)

),

links as (

    select claims.account, '@' || claims.domain as domain
    from claims
    semi join telling on claims.domain = telling.domain

),

edges as (

    select account as a, domain as b from links
    union all
    select domain, account from links

),

{{ accounts_joined(ref('int_account_ids__by_id'), 'edges') }}
