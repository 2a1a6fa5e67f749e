-- Grain: one row per packet with an account whose work moved: what became of the account afterwards. The churn cohort are
-- the accounts that started, seen through their first packet of the handoff numbered H03; a year from the start must have
-- passed before an account says anything.

with moved as (

    select
        *,
        row_number() over (
            partition by handoff, account order by transitioned_at, packet_id
        ) = 1 as is_first_of_account
    from {{ ref('int_scored_packets') }}
    where is_counted and account is not null and transitioned_at is not null

)

select
    moved.packet_key, moved.packet_id, moved.handoff, moved.account, moved.motion, moved.segment, moved.amount_band,
    moved.sender, moved.sender_team, moved.receiver, moved.receiver_team, moved.receiver_known_at,
    moved.has_recorded_decisions, moved.transitioned_at, moved.accepted_at, moved.transitioned_on, moved.accepted_on,
    moved.completeness_score,
    moved.examined_at, moved.reasked_at, moved.is_rediscovered,
    case when moved.accepted_at is not null then moved.is_rediscovered_by_receiver end as is_rediscovered_by_receiver,
    case when moved.accepted_at is not null then moved.is_rediscovered_by_sender end as is_rediscovered_by_sender,
    pairs.nps_before, pairs.nps_after, pairs.nps_change, pairs.nps_before_at, pairs.nps_after_at,
    moved.is_first_of_account,
    accounts.started_at,
    accounts.started_at + {{ one_year() }} as year_ends_at,
    accounts.churned_at,
    accounts.is_involuntary_churn,
    coalesce(accounts.churned_at <= year_ends_at, false) as is_churned_in_year,
    moved.is_first_of_account
        and moved.handoff_number = 'H03'
        and accounts.started_at is not null
        and moved.completeness_score is not null
        and not coalesce(accounts.has_churn_before_start, false)
        and not (is_churned_in_year and coalesce(accounts.is_involuntary_churn, false))
        as is_in_churn_cohort,
    case when is_in_churn_cohort then is_churned_in_year end as is_churned_within_year,
    moved.completeness_score < 0.70 as is_leaky
from moved
left join {{ ref('int_packets__nps_pairs') }} as pairs on moved.packet_key = pairs.packet_key
left join {{ ref('int_accounts') }} as accounts on moved.account = accounts.account
