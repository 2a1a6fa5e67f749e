-- Grain: one row per packet and moment that is not judged, because a field that judging it needs could not be read then.

{% set instants = {'transition': 'transitioned_at', 'due': 'submit_due_at', 'now': 'as_of'} %}

with placed as (

    select packets.packet_key, packets.transitioned_at, packets.submit_due_at, context.as_of, absences.gone_at, absences.back_at
    from {{ ref('int_packets__transitions') }} as packets
    cross join {{ source('ops', 'run_context') }} as context
    inner join {{ ref('int_handoff_absences') }} as absences
        on packets.handoff = absences.handoff and packets.contract_version = absences.version

)

{% for moment, instant in instants.items() %}
select packet_key, '{{ moment }}' as moment
from placed
where {{ instant }} >= gone_at and {{ instant }} < back_at
{{ 'union' if not loop.last }}
{% endfor %}
