-- Grain: one row per packet and field that was ever given anything: what stood there when the packet was submitted, at
-- the transition, when the sender's time was up (due) and now. As of an instant includes the events at that instant.
-- Built once for all handoffs; each fact table only pivots it.

{% set instants = {
    'submission': 'submitted_at',
    'transition': 'transitioned_at',
    'due': 'submit_due_at',
    'now': none,
} %}

with as_of as (

    select
        fields.packet_key,
        fields.field,
        any_value(packets.handoff) as handoff,
        {% for moment, instant in instants.items() %}
        arg_max(
            {'given': given, 'text': text, 'items': items, 'set_at': "time", 'is_snapshot': is_snapshot},
            {{ event_order() }}
        ) {% if instant %}filter ("time" <= {{ instant }}){% endif %} as at_{{ moment }},
        any_value({{ instant or 'null::timestamptz' }}) as {{ moment }}_at,
        {% endfor %}
        min("time") as first_seen_at,
        arg_min(is_snapshot, {{ event_order() }}) as is_first_seen_in_snapshot,
        min("time") filter (given in ('value', 'none')) as filled_at,
        arg_min(actor, {{ event_order() }}) filter (given in ('value', 'none')) as filled_by
    from {{ ref('int_packet_field_values') }} as fields
    inner join {{ ref('int_packets__transitions') }} as packets on fields.packet_key = packets.packet_key
    group by fields.packet_key, fields.field

)

select
    packet_key, handoff, field,
    {% for moment in instants %}
    -- A source that keeps no history first showed us the field after the moment: we cannot know what stood there then.
    case
        when at_{{ moment }} is null and is_first_seen_in_snapshot and first_seen_at > {{ moment }}_at
            then {'given': 'unobservable', 'text': null, 'items': null, 'set_at': null, 'is_snapshot': true}
        else at_{{ moment }}
    end as at_{{ moment }},
    {% endfor %}
    filled_at, filled_by
from as_of
