-- Grain: handoff × dimension value × grain × period × metric × breakdown. How the packets settled in the period ended.

{% set outcomes = ['accepted', 'rejected', 'crossed_undecided', 'timed_out'] %}
{% set settled = {
    'settled': 'count(*)',
    'first_pass': 'count(*) filter (is_first_pass)',
    'eventually_accepted': 'count(*) filter (accepted_at <= seen_at)',
} %}
{% for outcome in outcomes %}
    {% do settled.update({outcome: "count(*) filter (settled_as = '" ~ outcome ~ "')"}) %}
{% endfor %}

with settled as (

    select * from {{ ref('int_scored_settlements') }}

),

sums as (

    {{ sums_by_period('settled', 'settled_on', 'first_pass_acceptance_rate', settled, only=settlement_stands()) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {% for outcome in outcomes %}
        {{ measure('outcome_share', outcome, 'settled', breakdown=outcome) }},
        {% endfor %}
        {{ measure('first_pass_acceptance_rate', 'first_pass', 'settled') }},
        {{ measure('eventual_acceptance_rate', 'eventually_accepted', 'settled') }}
    ], recursive := true)
from sums
