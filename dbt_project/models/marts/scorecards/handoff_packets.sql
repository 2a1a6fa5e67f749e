{{ config(materialized='view') }}

-- Grain: one row per packet; what every share of the scorecard drills down to with one WHERE clause.

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
    packets.is_complete_at_transition as is_complete,
    packets.is_complete_at_due as is_complete_by_due,
    packets.is_complete_at_now as is_complete_now,
    packets.completeness_score,
    case when packets.is_judged and packets.transitioned_at is not null then packets.fault_count end::integer as fault_count,
    packets.hours_to_acceptance, packets.is_first_pass, packets.is_clean, packets.is_sla_breach, packets.is_ungoverned,
    packets.is_dropped, packets.is_reopened, packets.is_rediscovered,
    packets.reassignments::integer as reassignments,
    packets.first_touch_at,
    packets.amount, packets.amount_band, packets.has_recorded_decisions,
    packets.submit_due_at, packets.expires_at, packets.accept_due_at, packets.clock_known_at, packets.clock_stopped_at,
    packets.receiver_known_at, packets.first_rejected_at, packets.reopened_at, packets.reasked_at,
    packets.is_accepted_within_sla, packets.answered_as, packets.team_touched_at,
    context.run_id, context.as_of
from {{ ref('int_scored_packets') }} as packets
cross join {{ source('ops', 'run_context') }} as context
