-- Grain: one row per account with two motions and longest stretch of time, [from_at, until_at), in which it had not exactly
-- one primary relationship owner: nobody, several, or nobody can tell (int_relationship_watches says from when to when).

with stretches as (

    {{ stretches(ref('int_relationships'), 'owners') }}

),

odd as (

    select
        stretches.account,
        case when owners is null then 'unobservable' when len(owners) = 0 then 'gap' else 'overlap' end as kind,
        from_at,
        case when until_at <= context.as_of then until_at end as until_at,
        owners,
        context.run_id, context.as_of
    from stretches
    cross join {{ source('ops', 'run_context') }} as context
    where owners is null or len(owners) != 1

)

select
    odd.account, odd.kind, odd.from_at, odd.until_at,
    {{ hours_between('odd.from_at', 'coalesce(odd.until_at, odd.as_of)') }} as hours,
    odd.owners, watches.motions, watches.watched_from,
    transfers.packet_id,
    odd.run_id, odd.as_of
from odd
inner join {{ ref('int_relationship_watches') }} as watches on odd.account = watches.account
asof left join {{ ref('int_transfers') }} as transfers
    on odd.account = transfers.account and odd.from_at >= transfers.triggered_at
