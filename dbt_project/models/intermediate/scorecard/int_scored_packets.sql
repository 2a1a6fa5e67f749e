{{ config(materialized='view') }}

-- Grain: one row per packet that counts (not void, not withdrawn), with the days of the organisation on which it
-- transitioned, settled, was decided, expired, started its clock and was accepted. Decisions count from when the contract
-- says they are recorded.

select
    packets.handoff, packets.motion, packets.sender_team, packets.receiver_team, packets.sender, packets.receiver,
    packets.settled_as, packets.first_reason, packets.rejections, packets.is_ungoverned, packets.is_dropped,
    packets.is_first_pass, packets.accepted_at, packets.hours_to_acceptance,
    packets.clock_started_at, verdicts.is_complete_at_transition as is_complete,
    verdicts.is_complete_at_due as is_complete_by_due, verdicts.is_complete_at_now as is_complete_now,
    verdicts.required_fields, verdicts.observable_fields,
    case
        when verdicts.observable_weight is not null then coalesce(verdicts.valid_share, 0)
    end::decimal(18, 12) as completeness_score,
    contract.decisions_from,
    packets.triggered_on,
    {% for instant, day in {
        'transitioned_at': 'transitioned_on', 'settled_at': 'settled_on', 'decided_at': 'decided_on',
        'clock_started_at': 'clock_started_on', 'accepted_at': 'accepted_on',
    }.items() %}
    {{ local_day('packets.' ~ instant, 'organisation.zone') }} as {{ day }},
    {% endfor %}
    case when packets.is_dropped is not null then {{ local_day('packets.expires_at', 'organisation.zone') }} end as expired_on,
    coalesce(packets.triggered_on >= contract.decisions_from, false) as has_recorded_decisions
from {{ ref('int_packets__instants') }} as packets
cross join {{ ref('organisation') }} as organisation
left join {{ ref('int_packets__verdicts') }} as verdicts on packets.packet_key = verdicts.packet_key
inner join {{ ref('contract_versions') }} as contract
    on packets.handoff = contract.handoff and packets.contract_version = contract.version
where packets.status not in ('void', 'withdrawn')
