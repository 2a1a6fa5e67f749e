-- Grain: one row per packet with the gate of its contract version as it is now, and since when. A gate is open while an
-- acceptance stands and the packet is complete; where nobody records decisions, while it is complete. Mended later, it opens
-- then; re-opened, rejected or spoilt, it closes again. An acceptance that nobody can read opens none.
--
-- Fields are judged at three moments only. In between, what was missing at the transition counts from when something usable
-- stood there, what was invalid or stale from its last change, what was valid until it was edited (packet_edits).

with edits as (

    select packet_id, field, max(edited_at) as edited_at, max(edited_at) filter (kind = 'filled') as filled_at
    from {{ ref('packet_edits') }}
    group by packet_id, field

),

fields as (

    select
        states.packet_key, states.field, states.is_required_at_transition, states.is_required_at_now,
        states.state_at_transition, states.state_now,
        edits.edited_at,
        coalesce(states.state_at_transition = 'valid', false) as was_valid,
        case
            when states.state_at_transition in ('invalid', 'stale') then edits.edited_at
            when states.state_at_transition = 'unobservable' then states.filled_at
            else coalesce(edits.filled_at, case when states.state_at_transition = 'missing' then states.filled_at end)
        end as mended_at,
        contract.title, contract.position, contract.required_when
    from {{ ref('int_packet_fields__judged') }} as states
    inner join {{ ref('int_packets') }} as packets on states.packet_key = packets.packet_key
    inner join {{ ref('contract_fields') }} as contract
        on packets.handoff = contract.handoff and packets.contract_version = contract.version
        and states.field = contract.field
    left join edits on states.packet_id = edits.packet_id and states.field = edits.field
    where states.severity = 'critical'
        -- of few packets: most fields were valid, and nobody touched them
        and (
            states.state_at_transition is distinct from 'valid' or states.state_now is distinct from 'valid'
            or states.packet_id in (select packet_id from edits)
        )

),

-- A field that was missing and is not asked for any more was mended by whoever changed what asked for it.
conditions as (

    select dependent.packet_key, max(condition.edited_at) as mended_at
    from fields as dependent
    inner join {{ ref('int_packets') }} as packets on dependent.packet_key = packets.packet_key
    inner join edits as condition
        on packets.packet_id = condition.packet_id and dependent.required_when = condition.field
    where dependent.is_required_at_transition and not dependent.is_required_at_now
        and dependent.state_at_transition in ('missing', 'invalid', 'stale')
    group by dependent.packet_key

),

faults as (

    select
        packet_key,
        max(mended_at) filter (state_now = 'valid') as mended_at,
        -- a value that only grew old has no edit, and nobody saw the instant
        case when bool_and(was_valid) filter (is_failing) then min(edited_at) filter (is_failing) end as spoilt_at,
        coalesce(bool_or(not was_valid) filter (is_failing), false) as was_faulty,
        list(
            title || case state_now when 'unobservable' then ' cannot be read' else ' is ' || state_now end order by position
        ) filter (is_failing) as words
    from (
        select *, state_now in ('missing', 'invalid', 'stale', 'unobservable') as is_failing
        from fields
        where is_required_at_now
    )
    group by packet_key

),

last_attempts as (

    select
        packet_key,
        min(opened_at) filter (attempt > accepted_attempt) as opened_at, -- the first after the last that was accepted
        arg_max_null(decided_at, attempt) as decided_at,
        arg_max(opened_by, attempt) = 'reopening' and arg_max_null(submitted_at, attempt) is null as is_sent_back
    from (
        select *, max(attempt) filter (decision = 'accepted') over (partition by packet_key) as accepted_attempt
        from {{ ref('int_packet_attempts') }}
    )
    group by packet_key

),

withdrawals as (

    select packet_key, max("time") as withdrawn_at
    from {{ ref('int_packet_acts') }}
    where act in ('withdrawn', 'voided')
    group by packet_key

),

gated as (

    select
        packets.packet_key, packets.packet_id, packets.handoff, packets.status, packets.triggered_at, packets.amount,
        packets.has_recorded_decisions, packets.is_complete_at_transition, packets.accepted_at,
        packets.has_recorded_decisions or packets.is_undecidable as needs_acceptance,
        coalesce(least(packets.ready_at, packets.transitioned_at), packets.triggered_at) as moved_at,
        contract.gate_event as event, contract.gate_mode as mode,
        coalesce(packets.is_complete_at_now, false) as is_complete,
        case when needs_acceptance then packets.status = 'accepted' end as is_accepted,
        greatest(faults.mended_at, conditions.mended_at) as mended_at, faults.spoilt_at,
        coalesce(faults.was_faulty, false) as was_faulty,
        case when packets.status in ('withdrawn', 'void') then withdrawals.withdrawn_at else last_attempts.opened_at end
            as returned_at,
        last_attempts.decided_at,
        list_filter([
            case
                when packets.status = 'void' then 'created in error'
                when packets.status = 'withdrawn' then 'taken back by its sender'
                when packets.status = 'accepted' or (packets.is_judged and not needs_acceptance) then null
                when packets.is_undecidable then 'its acceptance cannot be read'
                when packets.status = 'draft' then 'not submitted yet'
                when packets.status = 'rejected' then 'rejected by ' || packets.receiver_team || ', not submitted again'
                when last_attempts.is_sent_back then 'sent back after its acceptance'
                else 'not accepted by ' || packets.receiver_team || ' yet'
            end
        ], lambda word: word is not null) || coalesce(faults.words, []) as unmet
    from {{ ref('int_scored_packets') }} as packets
    inner join {{ ref('contract_versions') }} as contract
        on packets.handoff = contract.handoff and packets.contract_version = contract.version
    left join faults on packets.packet_key = faults.packet_key
    left join conditions on packets.packet_key = conditions.packet_key
    left join last_attempts on packets.packet_key = last_attempts.packet_key
    left join withdrawals on packets.packet_key = withdrawals.packet_key

)

select
    packet_key, packet_id, handoff, event, mode, status, has_recorded_decisions, triggered_at, accepted_at, amount,
    is_complete_at_transition, is_complete, coalesce(is_accepted, false) as is_accepted, mended_at, spoilt_at,
    mode = 'none' or len(unmet) = 0 as is_open,
    case when mode != 'none' then unmet else [] end as why,
    case
        when mode = 'none' then triggered_at
        when len(unmet) = 0
            then greatest(case when needs_acceptance then decided_at else moved_at end, mended_at)
        -- closed; was it ever open? what was faulty all along never was
        when accepted_at is null and needs_acceptance then triggered_at
        when is_accepted or not needs_acceptance then case when was_faulty then triggered_at else spoilt_at end
        -- what was taken back is not judged any more
        when status in ('withdrawn', 'void') or is_complete or is_complete_at_transition then returned_at
        else triggered_at
    end as since
from gated
