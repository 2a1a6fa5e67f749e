-- Grain: handoff × dimension value × grain × period × metric × breakdown. What the receivers decided first in the period.

{% set reasons = ['missing_field', 'wrong_value', 'unqualified', 'wrong_receiver', 'duplicate', 'capacity', 'other'] %}
{% set decided = {'decided': 'count(*)', 'ever_rejected': 'count(*) filter (first_rejected_at <= seen_at)'} %}
{% for reason in reasons %}
    {% do decided.update({reason: "count(*) filter (first_rejected_at <= seen_at and first_reason = '" ~ reason ~ "')"}) %}
{% endfor %}

with decided as (

    select * from {{ ref('int_scored_packets') }} where is_counted and has_recorded_decisions

),

sums as (

    {{ sums_by_period('decided', 'decided_on', 'rejection_rate', decided) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {% for reason in reasons %}
        {{ measure('rejection_share', reason, 'ever_rejected', breakdown=reason) }},
        {% endfor %}
        {{ measure('rejection_rate', 'ever_rejected', 'decided') }}
    ], recursive := true)
from sums
