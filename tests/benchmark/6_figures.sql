-- Every figure per handoff × dimension value × grain × period with its 95 % interval: `figures`.
-- Packets are counted per day first and days added up to periods; medians see every packet once per period.

create temp table scored as
select
    no, handoff, motion, sender_team, receiver_team, sender, receiver, settled_as, first_reason, rejections,
    is_complete, is_complete_by_due, is_complete_now, required_fields, completeness_score::decimal(18, 12) as completeness_score,
    accepted_at, clock_started_at,
    coalesce(triggered_on >= decisions_from, false) as is_recorded,
    transitioned_at is not null and coalesce(crossed_at < accepted_at, accepted_at is null) as is_ungoverned,
    transitioned_at is null or transitioned_at > triggered_at + to_days(expires_after_days) as is_late,
    timezone('Europe/Berlin', transitioned_at)::date as transitioned_on, timezone('Europe/Berlin', settled_at)::date as settled_on,
    timezone('Europe/Berlin', decided_at)::date as decided_on, timezone('Europe/Berlin', accepted_at)::date as accepted_on,
    timezone('Europe/Berlin', clock_started_at)::date as clock_started_on,
    case when triggered_at + to_days(expires_after_days) <= '{as_of}'
        then timezone('Europe/Berlin', triggered_at + to_days(expires_after_days))::date end as expired_on,
    epoch_us(coalesce(accepted_at, '{as_of}'::timestamptz)) - epoch_us(clock_started_at) as waited,
    least(triggered_at, transitioned_at, clock_started_at, settled_at) as first_at
from settled
inner join judged using (no)
where last_status not in ('void', 'withdrawn');

create temp table periods as
with days as (
    select unnest(generate_series(
        (select timezone('Europe/Berlin', min(least(triggered_at, transitioned_at, clock_started_at, settled_at)))::date from settled),
        timezone('Europe/Berlin', '{as_of}'::timestamptz)::date, interval 1 day
    ))::date as day, timezone('Europe/Berlin', '{as_of}'::timestamptz)::date as today
)
select day, 'week' as grain, date_trunc('week', day)::date as period_start, date_trunc('week', day)::date + 7 as next_start, today from days
union all
select day, 'month', date_trunc('month', day)::date, (date_trunc('month', day) + interval 1 month)::date, today from days
union all
select day, 'quarter', date_trunc('quarter', day)::date, (date_trunc('quarter', day) + interval 3 month)::date, today from days
union all
select day, 'rolling_90d', today - 89, null, today from days where day > today - 90
union all
select day, 'all', null, null, today from days;

-- What is known of the packets whose work moved in the period.
create temp table transitions as
with daily as (
    select
        handoff, transitioned_on as day,
        case when grouping(motion) = 0 then 'motion' when grouping(sender_team) = 0 then 'sender_team'
            when grouping(receiver_team) = 0 then 'receiver_team' when grouping(sender) = 0 then 'sender'
            when grouping(receiver) = 0 then 'receiver' else 'all' end as dimension,
        case when grouping(motion) = 0 then motion when grouping(sender_team) = 0 then sender_team
            when grouping(receiver_team) = 0 then receiver_team when grouping(sender) = 0 then sender
            when grouping(receiver) = 0 then receiver else 'all' end as dimension_value,
        count(is_complete) as judged,
        count(*) filter (is_complete) as complete,
        count(is_complete_by_due) filter (is_complete is not null) as judged_by_due,
        count(*) filter (is_complete_by_due and is_complete is not null) as complete_by_due,
        count(is_complete_now) filter (is_complete is not null) as judged_now,
        count(*) filter (is_complete_now and is_complete is not null) as complete_now,
        count(completeness_score) as scored,
        sum(completeness_score) as score,
        sum((completeness_score::double * completeness_score::double)::decimal(18, 12)) as squares,
        count(*) filter (is_recorded) as recorded,
        count(*) filter (is_recorded and is_ungoverned) as ungoverned,
        sum(required_fields) as required_fields
    from scored
    where transitioned_on is not null
    group by grouping sets (
        (handoff, transitioned_on), (handoff, transitioned_on, motion), (handoff, transitioned_on, sender_team),
        (handoff, transitioned_on, receiver_team), (handoff, transitioned_on, sender), (handoff, transitioned_on, receiver)
    )
)
select handoff, dimension, dimension_value, grain, period_start, sum(judged) as judged, sum(complete) as complete, sum(judged_by_due) as judged_by_due, sum(complete_by_due) as complete_by_due, sum(judged_now) as judged_now, sum(complete_now) as complete_now, sum(scored) as scored, sum(score) as score, sum(squares) as squares, sum(recorded) as recorded, sum(ungoverned) as ungoverned, sum(required_fields) as required_fields
from daily
inner join periods using (day)
where dimension_value is not null
group by handoff, dimension, dimension_value, grain, period_start;

-- How the packets settled in the period ended.
create temp table settlements as
with daily as (
    select
        handoff, settled_on as day,
        case when grouping(motion) = 0 then 'motion' when grouping(sender_team) = 0 then 'sender_team'
            when grouping(receiver_team) = 0 then 'receiver_team' when grouping(sender) = 0 then 'sender'
            when grouping(receiver) = 0 then 'receiver' else 'all' end as dimension,
        case when grouping(motion) = 0 then motion when grouping(sender_team) = 0 then sender_team
            when grouping(receiver_team) = 0 then receiver_team when grouping(sender) = 0 then sender
            when grouping(receiver) = 0 then receiver else 'all' end as dimension_value,
        count(*) as settled,
        count(*) filter (settled_as = 'accepted') as accepted,
        count(*) filter (settled_as = 'rejected') as rejected,
        count(*) filter (settled_as = 'crossed_undecided') as crossed_undecided,
        count(*) filter (settled_as = 'timed_out') as timed_out,
        count(accepted_at) as eventually_accepted
    from scored
    where settled_on is not null and is_recorded
    group by grouping sets (
        (handoff, settled_on), (handoff, settled_on, motion), (handoff, settled_on, sender_team),
        (handoff, settled_on, receiver_team), (handoff, settled_on, sender), (handoff, settled_on, receiver)
    )
)
select handoff, dimension, dimension_value, grain, period_start, sum(settled) as settled, sum(accepted) as accepted, sum(rejected) as rejected, sum(crossed_undecided) as crossed_undecided, sum(timed_out) as timed_out, sum(eventually_accepted) as eventually_accepted
from daily
inner join periods using (day)
where dimension_value is not null
group by handoff, dimension, dimension_value, grain, period_start;

-- What the receivers decided first.
create temp table decided_in as
with daily as (
    select
        handoff, decided_on as day,
        case when grouping(motion) = 0 then 'motion' when grouping(sender_team) = 0 then 'sender_team'
            when grouping(receiver_team) = 0 then 'receiver_team' when grouping(sender) = 0 then 'sender'
            when grouping(receiver) = 0 then 'receiver' else 'all' end as dimension,
        case when grouping(motion) = 0 then motion when grouping(sender_team) = 0 then sender_team
            when grouping(receiver_team) = 0 then receiver_team when grouping(sender) = 0 then sender
            when grouping(receiver) = 0 then receiver else 'all' end as dimension_value,
        count(*) as decided,
        count(*) filter (rejections > 0) as rejected,
        count(*) filter (first_reason = 'missing_field') as missing_field,
        count(*) filter (first_reason = 'wrong_value') as wrong_value,
        count(*) filter (first_reason = 'unqualified') as unqualified,
        count(*) filter (first_reason = 'wrong_receiver') as wrong_receiver,
        count(*) filter (first_reason = 'duplicate') as duplicate,
        count(*) filter (first_reason = 'capacity') as capacity,
        count(*) filter (first_reason = 'other') as other
    from scored
    where decided_on is not null and is_recorded
    group by grouping sets (
        (handoff, decided_on), (handoff, decided_on, motion), (handoff, decided_on, sender_team),
        (handoff, decided_on, receiver_team), (handoff, decided_on, sender), (handoff, decided_on, receiver)
    )
)
select handoff, dimension, dimension_value, grain, period_start, sum(decided) as decided, sum(rejected) as rejected, sum(missing_field) as missing_field, sum(wrong_value) as wrong_value, sum(unqualified) as unqualified, sum(wrong_receiver) as wrong_receiver, sum(duplicate) as duplicate, sum(capacity) as capacity, sum(other) as other
from daily
inner join periods using (day)
where dimension_value is not null
group by handoff, dimension, dimension_value, grain, period_start;

-- Of the packets whose time ran out, how many never moved.
create temp table expiries as
with daily as (
    select
        handoff, expired_on as day,
        case when grouping(motion) = 0 then 'motion' when grouping(sender_team) = 0 then 'sender_team'
            when grouping(receiver_team) = 0 then 'receiver_team' when grouping(sender) = 0 then 'sender'
            when grouping(receiver) = 0 then 'receiver' else 'all' end as dimension,
        case when grouping(motion) = 0 then motion when grouping(sender_team) = 0 then sender_team
            when grouping(receiver_team) = 0 then receiver_team when grouping(sender) = 0 then sender
            when grouping(receiver) = 0 then receiver else 'all' end as dimension_value,
        count(*) as expired,
        count(*) filter (is_late) as dropped
    from scored
    where expired_on is not null
    group by grouping sets (
        (handoff, expired_on), (handoff, expired_on, motion), (handoff, expired_on, sender_team),
        (handoff, expired_on, receiver_team), (handoff, expired_on, sender), (handoff, expired_on, receiver)
    )
)
select handoff, dimension, dimension_value, grain, period_start, sum(expired) as expired, sum(dropped) as dropped
from daily
inner join periods using (day)
where dimension_value is not null
group by handoff, dimension, dimension_value, grain, period_start;

-- Medians do not add up: every packet once per dimension value and period.
create temp table waits as
with cut as (
    select handoff, clock_started_on, accepted_on, waited, accepted_at is not null as is_accepted,
        unnest([
            {'dimension': 'all', 'dimension_value': 'all'}, {'dimension': 'motion', 'dimension_value': motion},
            {'dimension': 'sender_team', 'dimension_value': sender_team}, {'dimension': 'receiver_team', 'dimension_value': receiver_team},
            {'dimension': 'sender', 'dimension_value': sender}, {'dimension': 'receiver', 'dimension_value': receiver}
        ], recursive := true)
    from scored
    where is_recorded and clock_started_at is not null and waited >= 0
),
keys as (
    select row_number() over ()::integer as key, * from (select distinct handoff, dimension, dimension_value from cut where dimension_value is not null)
)
select key, keys.handoff, keys.dimension, keys.dimension_value, clock_started_on, accepted_on, waited, is_accepted
from cut inner join keys using (handoff, dimension, dimension_value);

create temp table numbered_periods as
select *, dense_rank() over (order by grain, period_start)::integer as period from periods;

-- Kaplan–Meier, row by row: tied acceptances one after the other give the same product and the same Greenwood sum.
create temp table medians as
with curve as (
    select
        key, period, waited, is_accepted, row_number() over risk as place, count(*) over (partition by key, period) as n
    from waits
    inner join (select day, period from numbered_periods) on clock_started_on = day
    window risk as (partition by key, period order by waited, is_accepted desc)
),
survival as (
    select
        key, period, waited, is_accepted,
        case when is_accepted and place = n then 0.0
            else exp(sum(case when is_accepted and place < n then ln(1 - 1 / (n - place + 1)) else 0 end) over so_far) end as survival,
        sum(case when is_accepted and place < n then 1 / ((n - place + 1) * (n - place)::double) end) over so_far as greenwood
    from curve
    window so_far as (partition by key, period order by waited, is_accepted desc rows between unbounded preceding and current row)
)
select
    key, period, count(*) as n, count(*) filter (is_accepted) as numerator,
    min(waited) filter (survival <= 0.5 + 1e-9) / 3600000000.0 as value,
    min(waited) filter (
        case when survival > 0 and survival < 1 then pow(survival, exp(-1.959963984540054 * sqrt(greenwood) / ln(survival))) else survival end
        <= 0.5 + 1e-9
    ) / 3600000000.0 as low,
    min(waited) filter (
        case when survival > 0 and survival < 1 then pow(survival, exp(1.959963984540054 * sqrt(greenwood) / ln(survival))) else survival end
        <= 0.5 + 1e-9
    ) / 3600000000.0 as high
from survival
group by key, period;

create temp table accepted_medians as
select key, period, count(*) as n, quantile_cont(waited, 0.5) / 3600000000.0 as value
from waits
inner join (select day, period from numbered_periods) on accepted_on = day
where is_accepted
group by key, period;

create temp table figures as
with counts as (
    select handoff, dimension, dimension_value, grain, period_start, required_fields, unnest([
        {'metric': 'completion_rate', 'breakdown': '', 'numerator': complete, 'n': judged},
        {'metric': 'completion_by_due_rate', 'breakdown': '', 'numerator': complete_by_due, 'n': judged_by_due},
        {'metric': 'completion_now_rate', 'breakdown': '', 'numerator': complete_now, 'n': judged_now},
        {'metric': 'ungoverned_rate', 'breakdown': '', 'numerator': ungoverned, 'n': recorded}
    ], recursive := true)
    from transitions
    union all by name
    select handoff, dimension, dimension_value, grain, period_start, unnest([
        {'metric': 'outcome_share', 'breakdown': 'accepted', 'numerator': accepted, 'n': settled},
        {'metric': 'outcome_share', 'breakdown': 'rejected', 'numerator': rejected, 'n': settled},
        {'metric': 'outcome_share', 'breakdown': 'crossed_undecided', 'numerator': crossed_undecided, 'n': settled},
        {'metric': 'outcome_share', 'breakdown': 'timed_out', 'numerator': timed_out, 'n': settled},
        {'metric': 'first_pass_acceptance_rate', 'breakdown': '', 'numerator': accepted, 'n': settled},
        {'metric': 'eventual_acceptance_rate', 'breakdown': '', 'numerator': eventually_accepted, 'n': settled}
    ], recursive := true)
    from settlements
    union all by name
    select handoff, dimension, dimension_value, grain, period_start, unnest([
        {'metric': 'rejection_rate', 'breakdown': '', 'numerator': rejected, 'n': decided},
        {'metric': 'rejection_share', 'breakdown': 'missing_field', 'numerator': missing_field, 'n': rejected},
        {'metric': 'rejection_share', 'breakdown': 'wrong_value', 'numerator': wrong_value, 'n': rejected},
        {'metric': 'rejection_share', 'breakdown': 'unqualified', 'numerator': unqualified, 'n': rejected},
        {'metric': 'rejection_share', 'breakdown': 'wrong_receiver', 'numerator': wrong_receiver, 'n': rejected},
        {'metric': 'rejection_share', 'breakdown': 'duplicate', 'numerator': duplicate, 'n': rejected},
        {'metric': 'rejection_share', 'breakdown': 'capacity', 'numerator': capacity, 'n': rejected},
        {'metric': 'rejection_share', 'breakdown': 'other', 'numerator': other, 'n': rejected}
    ], recursive := true)
    from decided_in
    union all by name
    select handoff, dimension, dimension_value, grain, period_start, 'drop_rate' as metric, '' as breakdown, dropped as numerator, expired as n
    from expiries
),
names as (select distinct key, handoff, dimension, dimension_value from waits),
spells as (select distinct period, grain, period_start from numbered_periods)
select
    handoff, dimension, dimension_value, grain, period_start, metric, breakdown, numerator::bigint as numerator, n::bigint as n,
    case when required_fields is not null and metric != 'ungoverned_rate' then 1.0::double end as coverage,
    numerator::double / n as value,
    greatest(0, (numerator + 1.920729410347062) / (n + 3.841458820694124) - 1.959963984540054 / (n + 3.841458820694124)
        * sqrt(numerator::double * (n - numerator) / n + 0.960364705173531)) as low,
    least(1, (numerator + 1.920729410347062) / (n + 3.841458820694124) + 1.959963984540054 / (n + 3.841458820694124)
        * sqrt(numerator::double * (n - numerator) / n + 0.960364705173531)) as high
from counts
where n > 0
union all by name
select
    handoff, dimension, dimension_value, grain, period_start, 'mean_completeness' as metric, '' as breakdown, scored as n,
    1.0::double as coverage, score::double / scored as value, value - margin as low, value + margin as high
from (
    select
        *, sqrt(greatest(squares::double - score::double * score::double / scored, 0) / nullif(scored - 1, 0) / scored)
            * coalesce(quantile_975, 1.959963984540054 + 2.372271 / (scored - 1) + 2.822499 / (scored - 1) ** 2) as margin
    from transitions
    left join read_csv('{seeds}/t_quantiles.csv') as quantiles on scored - 1 = degrees_of_freedom
    where scored > 0
)
union all by name
select handoff, dimension, dimension_value, grain, period_start, 'median_hours_to_acceptance' as metric, '' as breakdown, numerator, n, value, low, high
from medians inner join names using (key) inner join spells using (period)
union all by name
select handoff, dimension, dimension_value, grain, period_start, 'median_hours_accepted_only' as metric, '' as breakdown, n, value
from accepted_medians inner join names using (key) inner join spells using (period);
