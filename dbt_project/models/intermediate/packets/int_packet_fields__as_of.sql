-- Grain: one row per packet, field and value it was ever given, with the moments at which that value stood: when the packet
-- was submitted, at the transition, when the sender's time was up (due) and now. As of an instant includes the events at
-- that instant, so at most one value of a field stands at a moment. Built once for all handoffs; facts only pivot it.
--
-- A source that keeps no history may first show us a field after a moment: what stood there then cannot be known, and an
-- extra row says `unobservable` for those moments.

{% set instants = {
    'submission': 'submitted_at', 'transition': 'transitioned_at', 'due': 'submit_due_at', 'now': 'now_at',
} %}

with spans as (

    select
        rowid as value_id,
        lead("time") over field_history as until,
        row_number() over field_history = 1 as is_first
    from {{ ref('int_packet_field_values') }}
    window field_history as (partition by packet_key, field_key order by order_key)

),

placed as (

    select
        packets.handoff, field_values.*, spans.is_first,
        {% for moment, instant in instants.items() %}
        packets.{{ instant }} as {{ moment }}_at,
        coalesce(
            field_values."time" <= packets.{{ instant }} and (spans.until is null or spans.until > packets.{{ instant }}),
            false
        ) as at_{{ moment }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('int_packet_field_values') }} as field_values
    inner join spans on field_values.rowid = spans.value_id
    inner join (
        select transitions.*, context.as_of as now_at
        from {{ ref('int_packets__transitions') }} as transitions
        cross join {{ source('ops', 'run_context') }} as context
    ) as packets on field_values.packet_key = packets.packet_key

)

select
    packet_key, handoff, field_key, "time", order_key, actor, is_snapshot, text, given, items,
    at_submission, at_transition, at_due, at_now
from placed

union all

select
    packet_key, handoff, field_key, "time", order_key, actor, is_snapshot, null as text, 'unobservable' as given,
    null as items,
    coalesce("time" > submission_at, false), coalesce("time" > transition_at, false), coalesce("time" > due_at, false),
    false
from placed
where is_first and is_snapshot
