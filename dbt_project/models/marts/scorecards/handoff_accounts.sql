{{ config(materialized='view') }}

-- Grain: one row per packet with an account whose work moved; what the account metrics drill down to.

select
    accounts.account, accounts.handoff, accounts.packet_id,
    accounts.motion, accounts.segment, accounts.amount_band, accounts.sender, accounts.sender_team,
    accounts.receiver, accounts.receiver_team, accounts.receiver_known_at, accounts.has_recorded_decisions,
    accounts.transitioned_at, accounts.accepted_at, accounts.completeness_score,
    accounts.examined_at, accounts.reasked_at, accounts.is_rediscovered,
    accounts.is_rediscovered_by_receiver, accounts.is_rediscovered_by_sender,
    accounts.nps_before::integer as nps_before, accounts.nps_after::integer as nps_after,
    accounts.nps_change::integer as nps_change, accounts.nps_before_at, accounts.nps_after_at,
    accounts.is_first_of_account, accounts.started_at, accounts.churned_at, accounts.is_involuntary_churn,
    accounts.is_in_churn_cohort, accounts.is_churned_within_year, accounts.is_leaky,
    context.run_id, context.as_of
from {{ ref('int_scored_accounts') }} as accounts
cross join {{ source('ops', 'run_context') }} as context
