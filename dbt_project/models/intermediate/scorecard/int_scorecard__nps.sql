-- Grain: handoff × dimension value × grain × period. How the customers' answers changed over the acceptances of the period.

{% set answered = {
    'pairs': 'count(nps_change) filter (nps_after_at <= seen_at)',
    'change': 'sum(100 * nps_change) filter (nps_after_at <= seen_at)',
    'squares': 'sum(10000 * nps_change * nps_change) filter (nps_after_at <= seen_at)',
    'with_account': 'count(account)',
    'accepted': 'count(*)',
} %}

with accepted as (

    select packets.*, accounts.nps_change, accounts.nps_after_at
    from {{ ref('int_scored_packets') }} as packets
    left join {{ ref('int_scored_accounts') }} as accounts on packets.packet_key = accounts.packet_key
    where packets.is_counted and packets.has_recorded_decisions

),

sums as (

    {{ sums_by_period('accepted', 'accepted_on', 'nps_delta', answered) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {{ measure('nps_delta', 'null', 'pairs', covered='with_account', coverable='accepted', total='change', squares='squares') }}
    ], recursive := true)
from sums
