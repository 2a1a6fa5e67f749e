-- Grain: one row per packet and what nobody could read of it while it was waited for: who decided, whether it was submitted,
-- whether it moved. What is silent then is not undecided, not late and not dropped; what was settled before stays.

select
    packets.packet_key,
    bool_or(case
        when absences.act = 'triggered' then absences.gone_at <= packets.triggered_at
        else absences.gone_at <= coalesce(packets.settled_at, context.as_of)
    end) as are_decisions_unread,
    bool_or(case absences.act
        when 'triggered' then absences.gone_at <= packets.triggered_at
        when 'submitted' then absences.gone_at <= least(packets.submitted_at, packets.submit_due_at, packets.settled_at)
        else false
    end) as are_submissions_unread,
    bool_or(case absences.act
        when 'triggered' then absences.gone_at <= packets.triggered_at
        when 'crossed' then absences.gone_at <= least(packets.transitioned_at, packets.expires_at)
        else false
    end) as are_moves_unread
from {{ ref('int_packets__instants') }} as packets
cross join {{ source('ops', 'run_context') }} as context
inner join {{ ref('int_act_absences') }} as absences
    on packets.handoff = absences.handoff and packets.contract_version = absences.version
    and packets.triggered_at < absences.back_at
group by packets.packet_key
