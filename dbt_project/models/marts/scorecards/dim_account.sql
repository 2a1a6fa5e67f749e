-- Grain: one row per account that anything is known of, under the one id that its other ids count for.

with linked as (

    select
        account, string_agg(account_id, ',' order by account_id) as linked_ids,
        list(account_id) as ids
    from {{ ref('int_account_ids') }}
    group by account

)

select
    accounts.account, linked.linked_ids, accounts.name, accounts.segment, accounts.motion,
    accounts.started_at, accounts.churned_at, accounts.is_involuntary_churn, accounts.arr,
    accounts.packets, accounts.first_packet_at, watches.watched_from as relationship_watched_from,
    to_json(list_sort(list_append(coalesce(linked.ids, []), accounts.account)))::varchar as account_ids,
    context.run_id, context.as_of
from {{ ref('int_accounts') }} as accounts
cross join {{ source('ops', 'run_context') }} as context
left join linked on accounts.account = linked.account
left join {{ ref('int_relationship_watches') }} as watches on accounts.account = watches.account
