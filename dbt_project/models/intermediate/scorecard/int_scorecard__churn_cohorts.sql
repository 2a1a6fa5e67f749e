-- Grain: handoff × dimension value × grain × period × segment (the stratum). The accounts of the churn cohort whose year has
-- passed, by the month of their first packet: leaky or not, churned or not. `told` of `asked` have an account at all.

with first_packets as (

    select
        packets.*,
        accounts.is_in_churn_cohort, accounts.year_ends_at, accounts.is_churned_within_year, accounts.is_leaky,
        coalesce(packets.segment, '') as stratum
    from {{ ref('int_scored_packets') }} as packets
    left join {{ ref('int_scored_accounts') }} as accounts on packets.packet_key = accounts.packet_key
    where packets.is_counted and packets.handoff_number = 'H03'
        and (packets.account is null or accounts.is_first_of_account)

),

placed as (

    {{ rows_by_period('first_packets', 'transitioned_on', 'leak_to_churn_share',
                      ['account', 'stratum', 'is_in_churn_cohort', 'year_ends_at', 'is_churned_within_year', 'is_leaky']) }}

),

cohort as (

    select *, coalesce(is_in_churn_cohort and year_ends_at <= seen_at, false) as is_mature from placed

)

select
    handoff, dimension, dimension_value, grain, period_start, stratum,
    count(*) filter (is_mature) as accounts,
    count(*) filter (is_mature and is_leaky) as leaky,
    count(*) filter (is_mature and is_churned_within_year) as churned,
    count(*) filter (is_mature and is_leaky and is_churned_within_year) as leaky_churned,
    count(account) as told,
    count(*) as asked
from cohort
group by all
