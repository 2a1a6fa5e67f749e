-- Grain: one row per account that came to have two motions: the span of time in which it is to have exactly one primary
-- relationship owner. It begins with the first packet of a second motion, or with the first crossing between motions (the
-- handoff numbered H06), whichever is earlier, and ends with the account, or just after now: what happens now counts.
--
-- `observed_from`: from when on anybody can tell. Never (infinity) where no source ever told a primary owner; where one
-- keeps no history, what was told of a motion first was seen then, and nobody knows what stood there before.

with seconds as (

    select account, list_sort(list(since))[2] as second_at, list_sort(list(motion)) as motions
    from {{ ref('int_account_motions') }}
    group by account

),

transfers as (

    select account, min(triggered_at) as transfer_at
    from {{ ref('int_transfers') }}
    group by account

),

first_told as (

    select
        account, {{ stated_motion('detail') }} as motion, min("time") as told_at,
        {{ first_of(is_snapshot('detail')) }} as is_snapshot
    from {{ ref('int_account_events') }}
    where type = 'account.primary_set'
    group by all

),

evidence as (

    select account, max(told_at) filter (is_snapshot) as seen_at
    from first_told
    group by account

),

lives as (

    -- who left before they came is a data issue, and did not leave
    select account, churned_at
    from {{ ref('int_accounts') }}
    where not has_churn_before_start

),

watches as (

    select
        account, coalesce(seconds.motions, []) as motions,
        least(seconds.second_at, transfers.transfer_at) as watched_from,
        least(lives.churned_at, context.as_of + interval 1 microsecond) as watched_until,
        case when evidence.account is null then 'infinity'::timestamptz else greatest(watched_from, evidence.seen_at) end
            as observed_from
    from seconds
    full outer join transfers using (account)
    left join lives using (account)
    left join evidence using (account)
    cross join {{ source('ops', 'run_context') }} as context

)

select * from watches where watched_from < watched_until
