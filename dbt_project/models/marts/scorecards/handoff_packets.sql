-- Grain: one row per packet; what every share of the scorecard drills down to with one WHERE clause.

with faults as (

    select packet_key, count(*) as fault_count
    from {{ source('judged', 'contract_failures') }}
    where moment = 'transition'
    group by packet_key

)

select
    packets.packet_id, packets.handoff, packets.account, packets.subject, packets.subject_name, packets.record_url,
    packets.cycle, packets.motion, packets.segment, packets.contract_version, packets.is_baseline, packets.status,
    packets.sender, packets.sender_team, packets.receiver, packets.receiver_team,
    packets.triggered_at, packets.submitted_at, packets.ready_at, packets.clock_started_at, packets.due_at,
    packets.decided_at, packets.accepted_at, packets.crossed_at, packets.transitioned_at, packets.settled_at,
    packets.settled_as,
    packets.attempts::integer as attempts,
    packets.rejections::integer as rejections,
    packets.first_reason,
    packets.is_judged,
    verdicts.is_complete_at_transition as is_complete,
    verdicts.is_complete_at_due as is_complete_by_due,
    verdicts.is_complete_at_now as is_complete_now,
    case when verdicts.observable_weight is not null then coalesce(verdicts.valid_share, 0) end as completeness_score,
    case when packets.is_judged and packets.transitioned_at is not null then coalesce(faults.fault_count, 0) end::integer
        as fault_count,
    packets.hours_to_acceptance, packets.is_first_pass,
    -- no re-ask and no first touch is looked at yet: unknown, not false
    null::boolean as is_clean,
    packets.is_sla_breach, packets.is_ungoverned, packets.is_dropped, packets.is_reopened,
    null::boolean as is_rediscovered,
    packets.reassignments::integer as reassignments,
    null::timestamptz as first_touch_at,
    packets.amount,
    context.run_id, context.as_of
from {{ ref('int_packets__instants') }} as packets
cross join {{ source('ops', 'run_context') }} as context
left join {{ ref('int_packets__verdicts') }} as verdicts on packets.packet_key = verdicts.packet_key
left join faults on packets.packet_key = faults.packet_key
