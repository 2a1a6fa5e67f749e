-- Grain: one row per packet × field of its contract version, with its state at each moment. States come from the verdicts
-- (Great Expectations decides), never from the values. Null where the moment has not come or the packet is not judged.

{% set states = {'transition': 'at_transition', 'due': 'by_due', 'now': 'now'} %}

with verdicts as (

    select
        packet_key, field,
        {% for moment in moments() %}
        -- one word a moment: what is missing cannot be invalid, what is invalid does not need to be fresh
        arg_min(fault, case fault when 'missing' then 1 when 'invalid' then 2 else 3 end)
            filter (moment = '{{ moment }}') as fault_at_{{ moment }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ source('judged', 'contract_failures') }}
    group by packet_key, field

),

observed as (

    select
        packets.packet_key, packets.packet_id, packets.handoff, packets.transitioned_at,
        contract.field, contract.severity, contract.weight, contract.required,
        packets.is_judged and packets.transitioned_at is not null as has_transition,
        packets.is_judged and packets.submit_due_at <= context.as_of as has_due,
        packets.is_judged as has_now,
        {% for moment in moments() %}
        as_of.at_{{ moment }}.given as given_at_{{ moment }},
        contract.required or coalesce(condition.at_{{ moment }}.given = 'value', false) as is_required_at_{{ moment }},
        verdicts.fault_at_{{ moment }},
        {% endfor %}
        case
            when as_of.at_now is null then 'none'
            when as_of.at_now.is_snapshot then 'snapshot'
            else 'history'
        end as evidence,
        as_of.filled_at, as_of.filled_by
    from {{ ref('int_packets__instants') }} as packets
    cross join {{ source('ops', 'run_context') }} as context
    inner join {{ ref('contract_fields') }} as contract
        on packets.handoff = contract.handoff and packets.contract_version = contract.version
    left join {{ ref('int_packet_fields__as_of') }} as as_of
        on packets.packet_key = as_of.packet_key and contract.field = as_of.field
    left join {{ ref('int_packet_fields__as_of') }} as condition
        on packets.packet_key = condition.packet_key and contract.required_when = condition.field
    left join verdicts
        on packets.packet_key = verdicts.packet_key and contract.field = verdicts.field

)

select
    packet_key, packet_id, handoff, field, severity, weight,
    is_required_at_transition, is_required_at_due, is_required_at_now,
    {% for moment, state in states.items() %}
    case
        when not has_{{ moment }} then null
        when fault_at_{{ moment }} is not null then fault_at_{{ moment }}
        when given_at_{{ moment }} in ('value', 'none') then 'valid'
        when not is_required_at_{{ moment }} then 'not_required'
        when given_at_{{ moment }} = 'unobservable' then 'unobservable'
        -- no else: a required field without a value and without a verdict is our bug, and a test finds the null
    end as state_{{ state }},
    {% endfor %}
    evidence, filled_at, filled_by,
    coalesce(filled_at > transitioned_at, false) as is_filled_after_transition
from observed
