-- Grain: one row per packet × field of its contract version, with its state at each moment. States come from the verdicts
-- (Great Expectations decides), never from the values. Null where the moment has not come or the packet is not judged;
-- `unobservable`, all of them, where a field that judging needs could not be read.

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

given as (

    select
        packet_key, field_key,
        {% for moment in moments() %}
        any_value(given) filter (at_{{ moment }}) as given_at_{{ moment }},
        {% endfor %}
        any_value(is_snapshot) filter (at_now) as is_snapshot,
        min("time") filter (given in ('value', 'none', 'forgotten')) as filled_at,
        {{ of_the_first('actor') }} filter (given in ('value', 'none', 'forgotten')) as filled_by
    from {{ ref('int_packet_fields__as_of') }}
    group by packet_key, field_key

),

-- Fields that are required only when another is given: was it, at each moment?
asked as (

    select given.packet_key, dependent.field_key,
        {% for moment in moments() %}
        coalesce(given.given_at_{{ moment }} = 'value', false) as is_asked_at_{{ moment }}{{ ',' if not loop.last }}
        {% endfor %}
    from given
    inner join {{ ref('int_contract_fields') }} as condition on given.field_key = condition.field_key
    inner join {{ ref('int_contract_fields') }} as dependent
        on condition.handoff = dependent.handoff and condition.version = dependent.version
        and condition.field = dependent.required_when

),

unjudged as (

    select
        packet_key
        {% for moment in moments() %}, bool_or(moment = '{{ moment }}') as is_unjudged_at_{{ moment }}{% endfor %}
    from {{ ref('int_packets__unjudged') }}
    group by packet_key

),

observed as (

    select
        packets.packet_key, packets.packet_id, packets.handoff, packets.transitioned_at,
        contract.field, contract.severity, contract.weight,
        packets.is_judged and packets.transitioned_at is not null as has_transition,
        packets.is_judged and packets.submit_due_at <= context.as_of as has_due,
        packets.is_judged as has_now,
        {% for moment in moments() %}
        given.given_at_{{ moment }},
        contract.required or coalesce(asked.is_asked_at_{{ moment }}, false) as is_required_at_{{ moment }},
        verdicts.fault_at_{{ moment }},
        coalesce(unjudged.is_unjudged_at_{{ moment }}, false) as is_unjudged_at_{{ moment }},
        {% endfor %}
        case
            when given.given_at_now = 'forgotten' then 'none'
            when given.is_snapshot then 'snapshot'
            when not given.is_snapshot then 'history'
            else 'none'
        end as evidence,
        given.filled_at, given.filled_by
    from {{ ref('int_packets__instants') }} as packets
    cross join {{ source('ops', 'run_context') }} as context
    inner join {{ ref('int_contract_fields') }} as contract
        on packets.handoff = contract.handoff and packets.contract_version = contract.version
    left join given on packets.packet_key = given.packet_key and contract.field_key = given.field_key
    left join asked on packets.packet_key = asked.packet_key and contract.field_key = asked.field_key
    left join verdicts on packets.packet_key = verdicts.packet_key and contract.field = verdicts.field
    left join unjudged on packets.packet_key = unjudged.packet_key

)

select
    packet_key, packet_id, handoff, field, severity, weight,
    is_required_at_transition, is_required_at_due, is_required_at_now,
    {% for moment, state in states.items() %}
    case
        when not has_{{ moment }} then null
        when is_unjudged_at_{{ moment }} then 'unobservable'
        when fault_at_{{ moment }} is not null then fault_at_{{ moment }}
        when given_at_{{ moment }} in ('value', 'none') then 'valid'
        when given_at_{{ moment }} = 'forgotten' then 'unobservable'
        when not is_required_at_{{ moment }} then 'not_required'
        when given_at_{{ moment }} = 'unobservable' then 'unobservable'
        -- no else: a required field without a value and without a verdict is our bug, and a test finds the null
    end as state_{{ state }},
    {% endfor %}
    evidence, filled_at, filled_by,
    -- what stood there at the transition was never seen: nobody can say that it came later
    case
        when given_at_transition = 'unobservable' or is_unjudged_at_transition then null
        else coalesce(filled_at > transitioned_at, false)
    end as is_filled_after_transition
from observed
