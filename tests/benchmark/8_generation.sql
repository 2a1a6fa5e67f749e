-- The other published tables, and the generation: a Parquet file per table and one DuckDB file. Left out: dim_handoff,
-- quarantine and source_freshness (a few rows each), checks before it becomes current, fsync and the link.

create table generation.handoff_packets as
select
    handoff || ':' || subject || ':' || cycle as packet_id, handoff, account, subject,
    json_extract_string(detail, '$.name') as subject_name, json_extract_string(detail, '$.url') as record_url,
    cycle, motion, json_extract_string(detail, '$.segment') as segment, contract_version, is_baseline,
    case when last_status = 'submitted' and settled_as = 'timed_out' then 'expired' else last_status end as status,
    sender, sender_team, receiver, receiver_team, triggered_at, submitted_at, ready_at, clock_started_at,
    coalesce(accept_due_at, submit_due_at) as due_at, decided_at, accepted_at, crossed_at, transitioned_at, settled_at, settled_as,
    attempts::integer as attempts, rejections::integer as rejections, first_reason, is_judged,
    is_complete, is_complete_by_due, is_complete_now, completeness_score, fault_count::integer as fault_count,
    case when accepted_at >= clock_started_at then (epoch_us(accepted_at) - epoch_us(clock_started_at)) / 3600000000.0 end
        as hours_to_acceptance,
    case when settled_at is not null then settled_as = 'accepted' end as is_first_pass, null::boolean as is_clean,
    case
        when coalesce(decided_at, '{as_of}'::timestamptz) > accept_due_at then true
        when accept_due_at is not null and (decided_at is not null or accept_due_at >= '{as_of}') then false
    end as is_sla_breach,
    case when transitioned_at is not null then coalesce(crossed_at < accepted_at, accepted_at is null) end as is_ungoverned,
    case when triggered_at + to_days(expires_after_days) <= '{as_of}'
        then coalesce(transitioned_at > triggered_at + to_days(expires_after_days), true) end as is_dropped,
    is_reopened, null::boolean as is_rediscovered, reassignments::integer as reassignments, null::timestamptz as first_touch_at, amount,
    '{run_id}' as run_id, '{as_of}'::timestamptz as as_of
from settled
inner join judged using (no);

create temp macro state_of(has_moment, required, present, broken, stale, place) as
    case
        when not has_moment then null
        when ((required & ~present) >> place) & 1 = 1 then 'missing'
        when (broken >> place) & 1 = 1 then 'invalid'
        when (stale >> place) & 1 = 1 then 'stale'
        when (present >> place) & 1 = 1 then 'valid'
        else 'not_required'
    end;

-- One row per packet × field of its version: those that were answered, and those that never were.
create table generation.packet_fields as
with placed as (
    select no, bit, filled_at, filled_by, 'history' as evidence from standing
    union all by name
    select silent.no, fields.bit, 'none' as evidence
    from (
        select no, version_no, coalesce(answered, 0) as answered
        from settled
        left join (select no, bit_or(1 << bit) as answered from standing group by no) using (no)
    ) as silent
    inner join fields on silent.version_no = fields.version_no and (answered >> fields.bit) & 1 = 0
)
select
    handoff || ':' || subject || ':' || cycle as packet_id, packets.handoff, field,
    (now_required >> placed.bit) & 1 = 1 as required,
    state_of(has_transition, transition_required, transition_present, transition_broken, transition_stale, placed.bit) as state_at_transition,
    state_of(has_due, due_required, due_present, due_broken, due_stale, placed.bit) as state_by_due,
    state_of(is_judged, now_required, now_present, now_broken, now_stale, placed.bit) as state_now,
    evidence, filled_at, filled_by, coalesce(filled_at > transitioned_at, false) as is_filled_after_transition,
    '{run_id}' as run_id, '{as_of}'::timestamptz as as_of
from placed
inner join (select judged.*, handoff, subject, cycle, version_no, transitioned_at, is_judged from settled inner join judged using (no)) as packets
    using (no)
inner join (select version_no, bit, field from fields) as names
    on packets.version_no = names.version_no and placed.bit = names.bit;

create table generation.handoff_funnel as
select
    handoff, date_trunc('month', triggered_on)::date as trigger_month, count(*) as triggered, count(submitted_at) as submitted,
    count(*) filter (is_complete) as complete, count(decided_at) as decided, count(accepted_at) as accepted, count(crossed_at) as crossed,
    count(*) filter (is_late and triggered_at + to_days(expires_after_days) <= '{as_of}') as dropped,
    count(*) filter (transitioned_at is null and triggered_at + to_days(expires_after_days) > '{as_of}') as pending,
    '{run_id}' as run_id, '{as_of}'::timestamptz as as_of
from (
    select *, coalesce(transitioned_at > triggered_at + to_days(expires_after_days), true) as is_late
    from settled
    inner join judged using (no)
    where last_status not in ('void', 'withdrawn')
)
group by all;

copy generation.handoff_scorecard to '{out}/handoff_scorecard.parquet' (format parquet, compression zstd);
copy generation.handoff_packets to '{out}/handoff_packets.parquet' (format parquet, compression zstd);
copy generation.contract_failures to '{out}/contract_failures.parquet' (format parquet, compression zstd);
copy generation.packet_fields to '{out}/packet_fields.parquet' (format parquet, compression zstd);
copy generation.handoff_funnel to '{out}/handoff_funnel.parquet' (format parquet, compression zstd);

detach generation;
