-- Grain: one row per packet with fields: is it complete at each moment, how much of it can be seen there, and how complete
-- was it at the transition? False as soon as one applicable required critical field fails; null if none fails but one
-- cannot be observed.

{% set states = {'transition': 'state_at_transition', 'due': 'state_by_due', 'now': 'state_now'} %}

select
    packet_key,
    {% for moment, state in states.items() %}
    case
        when count({{ state }}) = 0 then null
        when bool_or(is_required_at_{{ moment }} and severity = 'critical'
                     and {{ state }} in ('missing', 'invalid', 'stale')) then false
        when bool_or(is_required_at_{{ moment }} and severity = 'critical' and {{ state }} = 'unobservable') then null
        else true
    end as is_complete_at_{{ moment }},
    count(*) filter (is_required_at_{{ moment }} and {{ state }} is not null) as required_at_{{ moment }},
    count(*) filter (is_required_at_{{ moment }} and {{ state }} != 'unobservable') as observable_at_{{ moment }},
    {% endfor %}
    (
        sum(weight) filter (is_required_at_transition and state_at_transition = 'valid')
    )::double
    / nullif(sum(weight) filter (is_required_at_transition and state_at_transition != 'unobservable'), 0)::double
        as valid_share,
    nullif(sum(weight) filter (is_required_at_transition and state_at_transition != 'unobservable'), 0)::double
        as observable_weight
from {{ ref('int_packet_fields__judged') }}
group by packet_key
