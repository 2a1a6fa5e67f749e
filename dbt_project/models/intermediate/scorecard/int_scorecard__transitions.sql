-- Grain: handoff × dimension value × grain × period × metric. What is known of the packets whose work moved in the period.

{% set completed = {
    'judged': 'count(is_complete)',
    'complete': 'count(*) filter (is_complete)',
    'judged_by_due': 'count(is_complete_by_due) filter (is_complete is not null)',
    'complete_by_due': 'count(*) filter (is_complete_by_due and is_complete is not null)',
    'judged_now': 'count(is_complete_now) filter (is_complete is not null)',
    'complete_now': 'count(*) filter (is_complete_now and is_complete is not null)',
    'required_fields': 'sum(required_fields)',
    'observable_fields': 'sum(observable_fields)',
    'scored': 'count(completeness_score) filter (is_complete is not null)',
    'score': 'sum(completeness_score) filter (is_complete is not null)',
    'score_squares':
        'sum((completeness_score::double * completeness_score::double)::decimal(18, 12)) filter (is_complete is not null)',
    'governable': 'count(*) filter (has_recorded_decisions)',
    'ungoverned': 'count(*) filter (is_ungoverned and has_recorded_decisions)',
} %}

with sums as (

    {{ sums_by_period(ref('int_scored_packets'), 'transitioned_on', completed) }}

)

select
    handoff, dimension, dimension_value, grain, period_start,
    unnest([
        {{ measure('completion_rate', 'complete', 'judged', covered='observable_fields', coverable='required_fields') }},
        {{ measure('completion_by_due_rate', 'complete_by_due', 'judged_by_due',
                   covered='observable_fields', coverable='required_fields') }},
        {{ measure('completion_now_rate', 'complete_now', 'judged_now',
                   covered='observable_fields', coverable='required_fields') }},
        {{ measure('mean_completeness', 'null', 'scored', covered='observable_fields', coverable='required_fields',
                   total='score', squares='score_squares') }},
        {{ measure('ungoverned_rate', 'ungoverned', 'governable') }}
    ], recursive := true)
from sums
