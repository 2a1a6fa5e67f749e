-- Grain: one row per account id that stands for another because somebody stated it, or because the record of the one holds
-- the id of the other.

with claims as (

    select coalesce(claiming.account, claims.account) as a, coalesce(claimed.account, claims.claim) as b
    from {{ ref('int_account_claims') }} as claims
    left join {{ ref('int_account_ids__stated') }} as claiming on claims.account = claiming.account_id
    left join {{ ref('int_account_ids__stated') }} as claimed on claims.claim = claimed.account_id
    where claims.kind = 'account_id'

),

edges as (

    select a, b from claims where a != b
    union
    select b, a from claims where a != b

),

{{ accounts_joined(ref('int_account_ids__stated'), 'edges') }}
