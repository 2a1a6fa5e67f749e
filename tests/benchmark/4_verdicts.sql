-- From bits to verdicts: ready, settled, missing, complete. One row per packet (`judged`), and every failing row.

create temp macro required_given(required, dependent, condition, marks) as
    required | case when (marks >> (16 + condition)) & 1 = 1 then 1 << dependent else 0 end;

create temp table marked as
with known as (select list(marks order by answer) as marks from answers)
select
    no, bit_or(marks[at_submission]) as at_submission, bit_or(marks[at_transition]) as at_transition,
    bit_or(marks[at_due]) as at_due, bit_or(marks[at_now]) as at_now
from standing
cross join known
group by no;

-- Readiness: almost always settled by the bits at the submission. The rest is swept, if what it lacks ever came: the sum of
-- all changes of a packet's bits up to an instant is its bits at that instant.
create temp table unready as
select moved.no, submitted_at, required, dependent, condition
from moved
inner join masks_of_versions using (version_no)
left join marked using (no)
where submitted_at is not null
    and required_given(required, dependent, condition, coalesce(at_submission, 0)) & ~coalesce(at_submission, 0) != 0;

create temp table ready_later as
with ever as (
    select no, bit_or(1 << bit) filter (is_usable) as usable from given where no in (select no from unready) group by no
),
changes as (
    select
        given.no, "time",
        marks - lag(marks, 1, 0) over (partition by given.no, given.bit order by place) as change
    from given
    inner join answers using (answer)
    where given.no in (select no from unready inner join ever using (no) where required & ~usable = 0)
),
states as (
    select no, "time", sum(sum(change)) over (partition by no order by "time")::bigint as marks
    from changes
    group by no, "time"
)
select no, min("time") as ready_at
from states
inner join unready using (no)
where "time" >= submitted_at and required_given(required, dependent, condition, marks) & ~marks = 0
group by no;

-- The accept clock, its deadline and its silence. Only calendars with closing hours are looked up.
create temp table clocked as
select
    moved.no, calendar, accept_hours,
    case
        when accepted_at is not null and coalesce(ready > accepted_at, true) then submitted_at
        else ready
    end as clock_started_at,
    ready as ready_at
from (
    select
        moved.*,
        case when moved.submitted_at is null then null when unready.no is null then moved.submitted_at else ready_at end as ready
    from moved
    left join unready using (no)
    left join ready_later using (no)
) as moved;

create temp table accept_deadlines as
with started as (
    select
        no, clocked.calendar, (accept_hours * 3600000000)::bigint as allowed,
        open_hours_until(opens_at, closes_at, open_before, clock_started_at) as used
    from clocked
    asof join spans on clocked.calendar = spans.calendar and clock_started_at >= opens_at
    where clocked.calendar != 'always' and clock_started_at is not null
),
due as (
    select no, started.calendar, used, allowed, opens_at + to_microseconds(used + allowed - open_before) as due_at
    from started
    asof join spans on started.calendar = spans.calendar and used + allowed > open_before
)
select no, due_at, opens_at + to_microseconds(used + 2 * allowed - open_before) as silence_at
from due
asof join spans on due.calendar = spans.calendar and used + 2 * allowed > open_before;

create temp table settled as
select
    moved.*, ready_at, clock_started_at,
    case when moved.calendar = 'always' then clock_started_at + to_microseconds((moved.accept_hours * 3600000000)::bigint) else due_at end
        as accept_due_at,
    case when moved.calendar = 'always' then clock_started_at + to_microseconds((moved.accept_hours * 7200000000)::bigint) else silence_at end
        as silent_from,
    case when silent_from <= '{as_of}'::timestamptz then silent_from end as silent_at,
    least(decided_at, crossed_at, silent_at) as settled_at,
    case
        when decided_at <= settled_at then first_decision
        when crossed_at <= settled_at then 'crossed_undecided'
        when silent_at is not null then 'timed_out'
    end as settled_as,
    (submitted_at is not null or transitioned_at is not null) and last_status not in ('void', 'withdrawn') as is_judged
from moved
inner join clocked using (no)
left join accept_deadlines using (no);

-- Stale: the few fields with a maximum age, as old as the date they hold, else as their answer.
create temp table stale as
with aged as (
    select standing.*, settled.transitioned_at, settled.submit_due_at
    from standing
    inner join settled using (no)
    where is_judged and at_now in (select answer from answers where max_age_days is not null)
),
moments as (
    select no, bit, 'transition' as moment, at_transition as answer, set_by_transition as set_at, transitioned_at as moment_at from aged
    union all
    select no, bit, 'due', at_due, set_by_due, submit_due_at from aged
    union all
    select no, bit, 'now', at_now, set_by_now, '{as_of}'::timestamptz from aged
)
select no, bit, moment, field, severity
from moments
inner join answers using (answer, bit)
where moment_at <= '{as_of}' and date_diff(
        'day', case when is_aged_by_value then day else timezone('Europe/Berlin', set_at)::date end,
        timezone('Europe/Berlin', moment_at)::date
    ) > max_age_days;

create temp table judged as
with stale_bits as (
    select
        no, bit_or(1::bigint << bit) filter (moment = 'transition') as at_transition,
        bit_or(1::bigint << bit) filter (moment = 'due') as at_due, bit_or(1::bigint << bit) filter (moment = 'now') as at_now
    from stale
    group by no
),
bits as (
    select
        settled.no, is_judged, required, warning, doubled,
        transitioned_at is not null and is_judged as has_transition,
        submit_due_at <= '{as_of}' and is_judged as has_due,
        coalesce(marked.at_transition, 0) as transition_marks, coalesce(marked.at_due, 0) as due_marks, coalesce(marked.at_now, 0) as now_marks,
        coalesce(stale_bits.at_transition, 0) as transition_stale, coalesce(stale_bits.at_due, 0) as due_stale, coalesce(stale_bits.at_now, 0) as now_stale,
        required_given(required, dependent, condition, transition_marks) as transition_required,
        required_given(required, dependent, condition, due_marks) as due_required,
        required_given(required, dependent, condition, now_marks) as now_required
    from settled
    inner join masks_of_versions using (version_no)
    left join marked using (no)
    left join stale_bits using (no)
)
select
    no, has_transition, has_due,
    transition_marks >> 32 & 65535 as transition_present, due_marks >> 32 & 65535 as due_present, now_marks >> 32 & 65535 as now_present,
    transition_required, due_required, now_required,
    case when has_transition then transition_required & ~transition_present end as missing_at_transition,
    case when has_due then due_required & ~due_present end as missing_by_due,
    case when is_judged then now_required & ~now_present end as missing_now,
    transition_marks & ~(transition_marks >> 48) & ~transition_stale as transition_valid,
    due_marks & ~(due_marks >> 48) & ~due_stale as due_valid,
    now_marks & ~(now_marks >> 48) & ~now_stale as now_valid,
    transition_marks >> 48 as transition_broken, due_marks >> 48 as due_broken, now_marks >> 48 as now_broken,
    transition_stale, due_stale, now_stale,
    case when has_transition then transition_required & ~warning & ~transition_valid = 0 end as is_complete,
    case when has_due then due_required & ~warning & ~due_valid = 0 end as is_complete_by_due,
    case when is_judged then now_required & ~warning & ~now_valid = 0 end as is_complete_now,
    case when has_transition then bit_count(transition_required) end as required_fields,
    case when has_transition then
        (bit_count(transition_required & transition_valid) + bit_count(transition_required & transition_valid & doubled))::double
        / (bit_count(transition_required) + bit_count(transition_required & doubled))
    end as completeness_score,
    case when has_transition then bit_count(missing_at_transition) + bit_count(transition_broken) + bit_count(transition_stale) end as fault_count
from bits;

-- contract_failures: every failing packet × moment × field × fault
create table generation.contract_failures as
with moments as (
    select no, 'transition' as moment, missing_at_transition as missing from judged where missing_at_transition != 0
    union all
    select no, 'due', missing_by_due from judged where missing_by_due != 0
    union all
    select no, 'now', missing_now from judged where missing_now != 0
),
failed as (
    select
        no, moment, bit, field, 'missing' as fault, 'expect_column_values_to_not_be_null' as expectation, severity
    from moments
    inner join settled using (no)
    inner join fields on settled.version_no = fields.version_no and (missing >> bit) & 1 = 1

    union all

    select no, moment, bit, field, 'invalid', broken, case when required or required_when is not null then severity else 'warning' end
    from (
        select standing.no, unnest([
            {'moment': 'transition', 'answer': case when has_transition then at_transition end},
            {'moment': 'due', 'answer': case when has_due then at_due end},
            {'moment': 'now', 'answer': at_now}
        ], recursive := true)
        from standing
        inner join judged using (no)
        where missing_now is not null and (
            at_now in (select answer from answers where broken is not null)
            or at_transition in (select answer from answers where broken is not null)
            or at_due in (select answer from answers where broken is not null)
        )
    )
    inner join (select answer, bit, broken, version_no, field from answers where broken is not null) using (answer)
    inner join (select version_no, field, severity, required, required_when from fields) using (version_no, field)

    union all

    select no, moment, bit, field, 'stale', 'expect_column_values_to_be_between', severity from stale
)
select
    handoff || ':' || subject || ':' || cycle as packet_id, handoff, moment, field, fault, expectation, severity, contract_version,
    '{run_id}' as run_id, '{as_of}'::timestamptz as as_of
from failed
inner join settled using (no);
