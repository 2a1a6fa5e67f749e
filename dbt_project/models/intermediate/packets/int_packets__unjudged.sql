-- Grain: one row per packet and moment that is not judged, because something that judging it needs could not be read: a field
-- at that moment, the trigger that opened it, or whether it had moved before we saw it move.

{% set instants = {'transition': 'transitioned_at', 'due': 'submit_due_at', 'now': 'as_of'} %}

with placed as (

    select packets.packet_key, packets.transitioned_at, packets.submit_due_at, context.as_of, absences.gone_at, absences.back_at
    from {{ ref('int_packets__transitions') }} as packets
    cross join {{ source('ops', 'run_context') }} as context
    inner join {{ ref('int_handoff_absences') }} as absences
        on packets.handoff = absences.handoff and packets.contract_version = absences.version
    where absences.kind = 'field'

),

unseen as (

    select packets.packet_key, absences.act
    from {{ ref('int_packets__transitions') }} as packets
    inner join {{ ref('int_act_absences') }} as absences
        on packets.handoff = absences.handoff and packets.contract_version = absences.version
        and packets.triggered_at < absences.back_at
        and absences.gone_at <= case absences.act
            when 'triggered' then packets.triggered_at when 'crossed' then packets.transitioned_at
        end

)

{% for moment, instant in instants.items() %}
select packet_key, '{{ moment }}' as moment
from placed
where {{ instant }} >= gone_at and {{ instant }} < back_at

union

select packet_key, '{{ moment }}'
from unseen
{% if moment != 'transition' %}where act = 'triggered'{% endif %}
{{ 'union' if not loop.last }}
{% endfor %}
