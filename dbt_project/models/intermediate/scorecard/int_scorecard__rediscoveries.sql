-- Grain: handoff × dimension value × grain × period × metric. Of the acceptances of the period whose thirty days have passed,
-- those after which the customer was asked twice. Silence is no evidence: coverage is the share that was examined.

{% set asked = {
    'acceptances': 'count(*) filter (account is not null)',
    'examined': 'count(*) filter (account is not null and examined_at <= seen_at)',
    'passed': 'count(*)',
    'rediscovered': 'count(*) filter (account is not null and is_rediscovered)',
    'by_receiver': 'count(*) filter (account is not null and is_rediscovered_by_receiver)',
    'by_sender': 'count(*) filter (account is not null and is_rediscovered_by_sender)',
} %}

with accepted as (

    select * from {{ ref('int_scored_packets') }} where is_counted and has_recorded_decisions

),

sums as (

    {{ sums_by_period('accepted', 'accepted_on', 'rediscovery_rate', asked,
                      only='accepted_at + ' ~ thirty_days() ~ ' <= seen_at') }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {{ measure('rediscovery_rate', 'rediscovered', 'acceptances', covered='examined', coverable='passed') }},
        {{ measure('rediscovery_receiver_rate', 'by_receiver', 'acceptances', covered='examined', coverable='passed') }},
        {{ measure('rediscovery_sender_rate', 'by_sender', 'acceptances', covered='examined', coverable='passed') }}
    ], recursive := true)
from sums
