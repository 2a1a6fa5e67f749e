{#- No row lost: every packet of the handoff stands in its fact table at every moment that has come, and no other does. -#}
{% test has_every_packet(model, handoff) %}
with expected as (

    select packet_key, unnest([
        case when transitioned_at is not null then 'transition' end,
        case when submit_due_at <= (select as_of from {{ source('ops', 'run_context') }}) then 'due' end,
        'now'
    ]) as moment
    from {{ ref('int_packets__instants') }}
    where handoff = '{{ handoff }}'

)

select coalesce(expected.packet_key, facts.packet_key) as packet_key, coalesce(expected.moment, facts.moment) as moment
from (select * from expected where moment is not null) as expected
full outer join {{ model }} as facts
    on expected.packet_key = facts.packet_key and expected.moment = facts.moment
where expected.packet_key is null or facts.packet_key is null
{% endtest %}
