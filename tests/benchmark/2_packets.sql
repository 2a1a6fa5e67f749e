-- One row per packet: first acts, contract version, sides, decisions, transition, the sender's deadline.
-- A packet's key is a 64-bit hash of handoff, subject and cycle (at a million packets two collide once in 30 million runs).

-- A revision keeps the place of what it corrects.
create temp view events as
select ledger.* replace (coalesce(first_position, position) as position)
from read_parquet('{out}/ledger.parquet') as ledger
left join (select position, first_position from decided where supersedes is not null) as revised using (position)
where "time" <= '{as_of}' and position not in (select supersedes from decided where supersedes is not null);

create temp table persons as
with said as (
    select
        actor as person, "time" as since, arg_max(team, position) as team,
        arg_max(json_extract_string(detail, '$.kind'), position) as kind
    from events
    where type = 'person.set'
    group by all
)
select
    person, since, coalesce(lead(since) over (partition by person order by since), 'infinity') as until,
    last_value(team ignore nulls) over known as team,
    coalesce(last_value(kind ignore nulls) over known, 'person') = 'system' as is_system
from said
window known as (partition by person order by since rows between unbounded preceding and current row);

create temp table acts as
select
    hash(handoff, subject, cycle) as key, substr(type, 9) as act, "time",
    epoch_us("time")::hugeint * 9223372036854775808 + coalesce(sequence * 1048576 + position % 1048576, position) as place,
    handoff, subject, cycle, account, actor, events.team as named_team,
    coalesce(events.team, persons.team) as actor_team, coalesce(is_system, false) as is_system,
    reason, motion, value, detail
from events
left join persons on actor = person and "time" >= since and "time" < until
where type in (
    'handoff.triggered', 'handoff.submitted', 'handoff.accepted', 'handoff.rejected', 'handoff.reopened',
    'handoff.withdrawn', 'handoff.voided', 'handoff.assigned', 'handoff.crossed'
);

create temp table begun as
with firsts as (
    select
        key, any_value(handoff) as handoff, any_value(subject) as subject, any_value(cycle) as cycle,
        min("time") filter (act = 'triggered') as first_trigger_at,
        min("time") filter (act = 'submitted') as submitted_at,
        min("time") filter (act = 'crossed') as crossed_at,
        min("time") filter (act in ('submitted', 'accepted', 'rejected', 'crossed')) as first_act_at,
        arg_min(account, place) as account,
        arg_min(actor, place) filter (act = 'submitted' and not is_system) as submission_actor,
        arg_min(actor_team, place) filter (act = 'submitted' and not is_system) as submission_team,
        min(place) filter (act = 'triggered') as trigger_place
    from acts
    group by key
)
select
    row_number() over ()::integer as no, firsts.*,
    coalesce(first_trigger_at, first_act_at) as triggered_at,
    timezone('Europe/Berlin', coalesce(first_trigger_at, first_act_at))::date as triggered_on,
    triggers.motion, try_cast(triggers.value as double) as amount, triggers.detail,
    case when not triggers.is_system then triggers.actor end as trigger_actor,
    case when not triggers.is_system then triggers.actor_team end as trigger_team
from firsts
left join acts as triggers on firsts.key = triggers.key and trigger_place = triggers.place and triggers.act = 'triggered'
where coalesce(first_trigger_at, first_act_at) is not null;

create temp table sent as
with in_force as (
    select versions.*, case when is_first then date '0001-01-01' else effective_from end as counts_from,
        coalesce(lead(effective_from) over (partition by handoff order by effective_from), date '9999-01-01') as counts_until
    from versions
),
owners as (
    select key, arg_max(actor, place) as owner
    from acts
    inner join begun using (key)
    inner join versions on begun.handoff = versions.handoff and versions.is_first and named_team = sender_team
    where act = 'assigned' and "time" <= triggered_at and not is_system
    group by key
)
select
    begun.* exclude (submission_actor, submission_team, trigger_actor, trigger_team),
    in_force.version_no, in_force.version as contract_version, triggered_on < effective_from as is_baseline,
    in_force.receiver_team as contract_receiver_team, calendar, submit_hours, accept_hours, expires_after_days, decisions_from,
    coalesce(owner, submission_actor, trigger_actor) as sender,
    coalesce(
        case when owner is not null then null when submission_actor is not null then submission_team else trigger_team end,
        team, sender_team
    ) as sender_team
from begun
inner join in_force on begun.handoff = in_force.handoff and triggered_on >= counts_from and triggered_on < counts_until
left join owners using (key)
left join persons
    on coalesce(owner, submission_actor, trigger_actor) = person and triggered_at >= since and triggered_at < until;

create temp table decisions as
with counted as (
    select
        no, act, "time", place, actor, actor_team,
        case when reason in ('missing_field', 'wrong_value', 'unqualified', 'wrong_receiver', 'duplicate', 'capacity')
            then reason else 'other' end as reason,
        act in ('accepted', 'rejected') and actor is not null and not is_system
        and coalesce(actor != sender, true) and coalesce(actor_team = contract_receiver_team, true) as is_counted
    from acts
    inner join sent using (key)
    where act in ('submitted', 'accepted', 'rejected', 'reopened', 'withdrawn', 'voided')
),
repeated as (
    select no, count(*) filter (act = 'submitted' and previous in ('rejected', 'reopened')) as later_attempts
    from (
        select no, act, lag(act) over (partition by no order by place) as previous
        from counted
        where (is_counted or act in ('submitted', 'reopened'))
            and no in (select no from counted where act in ('rejected', 'reopened'))
    )
    group by no
)
select counted.*, later_attempts
from (
    select
        no,
        min("time") filter (is_counted) as decided_at,
        arg_min(act, place) filter (is_counted) as first_decision,
        arg_min(actor, place) filter (is_counted) as decided_by,
        arg_min(actor_team, place) filter (is_counted) as decided_by_team,
        min("time") filter (is_counted and act = 'accepted') as accepted_at,
        count(*) filter (is_counted and act = 'rejected') as rejections,
        arg_min(reason, place) filter (is_counted and act = 'rejected') as first_reason,
        max("time") filter (act = 'reopened') as last_reopened_at,
        arg_max(act, place) filter (is_counted or act in ('submitted', 'reopened', 'withdrawn', 'voided')) as last_act
    from counted
    group by no
) as counted
left join repeated using (no);

create temp table moved as
with owners as (
    select
        no, arg_max(actor, place) filter ("time" <= least(decided_at, crossed_at)) as owner,
        count(distinct actor) filter ("time" > accepted_at) as reassignments
    from acts
    inner join sent using (key)
    left join decisions using (no)
    where act = 'assigned' and named_team = contract_receiver_team
    group by no
),
deadlines as (
    select no, due.opens_at + to_microseconds(used + (submit_hours * 3600000000)::bigint - due.open_before) as due_at
    from (
        select
            no, sent.calendar, submit_hours,
            open_hours_until(opens_at, closes_at, open_before, triggered_at) as used
        from sent
        asof join spans on sent.calendar = spans.calendar and triggered_at >= opens_at
        where sent.calendar != 'always'
    ) as started
    asof join spans as due
        on started.calendar = due.calendar and used + (submit_hours * 3600000000)::bigint > due.open_before
)
select
    sent.* exclude (first_trigger_at, first_act_at, trigger_place), decided_at, first_decision, accepted_at,
    coalesce(rejections, 0) as rejections, first_reason,
    coalesce(last_reopened_at > accepted_at, false) as is_reopened,
    case last_act when 'reopened' then 'submitted' when 'voided' then 'void' else coalesce(last_act, 'draft') end as last_status,
    case when submitted_at is null and decided_at is null then 0 else 1 + coalesce(later_attempts, 0) end as attempts,
    least(accepted_at, crossed_at) as transitioned_at,
    coalesce(owner, decided_by) as receiver,
    case when owner is null and decided_by is not null then coalesce(decided_by_team, contract_receiver_team)
        else contract_receiver_team end as receiver_team,
    coalesce(reassignments, 0) as reassignments,
    case when calendar = 'always' then triggered_at + to_microseconds((submit_hours * 3600000000)::bigint) else due_at end
        as submit_due_at
from sent
left join decisions using (no)
left join owners using (no)
left join deadlines using (no);

drop table begun; drop table sent; drop table acts;
