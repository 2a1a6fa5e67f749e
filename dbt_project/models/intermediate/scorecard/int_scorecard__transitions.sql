-- Grain: handoff × dimension value × grain × period × metric. What is known of the packets whose work moved in the period.
-- What could be observed of them (coverage) is over all of them, those included of which nobody can say if they were complete.

{% set moments = {'transition': 'true', 'due': 'submit_due_at <= seen_at'} %}
{% set completed = {
    'judged': 'count(is_complete)',
    'complete': 'count(*) filter (is_complete)',
    'judged_by_due': 'count(is_complete_by_due) filter (is_complete is not null and submit_due_at <= seen_at)',
    'complete_by_due': 'count(*) filter (is_complete is not null and is_complete_by_due and submit_due_at <= seen_at)',
    'scored': 'count(score) filter (is_complete is not null)',
    'total_score': 'sum(score) filter (is_complete is not null)',
    'score_squares': 'sum(score::hugeint * score) filter (is_complete is not null)',
    'governable': 'count(*) filter (has_recorded_decisions)',
    'ungoverned': 'count(*) filter (is_ungoverned and has_recorded_decisions)',
} %}
{% for moment, has_come in moments.items() %}
    {% do completed.update({
        'required_at_' ~ moment: 'sum(required_at_' ~ moment ~ ') filter (' ~ has_come ~ ')',
        'observable_at_' ~ moment: 'sum(observable_at_' ~ moment ~ ') filter (' ~ has_come ~ ')',
    }) %}
{% endfor %}

with moved as (

    select
        *,
        is_complete_at_transition as is_complete,
        is_complete_at_due as is_complete_by_due,
        (completeness_score * 1e12)::bigint as score -- whole numbers: their sums are exact
    from {{ ref('int_scored_packets') }}
    where is_counted

),

sums as (

    {{ sums_by_period('moved', 'transitioned_on', 'completion_rate', completed) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {{ measure('completion_rate', 'complete', 'judged', covered='observable_at_transition', coverable='required_at_transition') }},
        {{ measure('completion_by_due_rate', 'complete_by_due', 'judged_by_due',
                   covered='observable_at_due', coverable='required_at_due') }},
        {{ measure('mean_completeness', 'null', 'scored', covered='observable_at_transition', coverable='required_at_transition',
                   total='total_score', squares='score_squares', per=1e12) }},
        {{ measure('ungoverned_rate', 'ungoverned', 'governable') }}
    ], recursive := true)
from sums
