-- Ledger rows: typed, repetitions told apart from revisions, salted and hashed. In: raw.raw_events.events.
-- It trusts what the record step checks (no required column is missing, every type and handoff is known, JSON is JSON):
-- the simulated company breaks none of these rules. Rows are not written in the order of their
-- positions, and the chain line over the file is left out.

-- A row's position: the rows of the files before its own, and its place there. Files were loaded in any order.
create temp table files as
select _file, coalesce(sum(max(_row)) over (order by _file rows between unbounded preceding and 1 preceding), 0)::bigint as before
from raw.raw_events.events
group by _file;

create temp view typed as
select
    before + _row as position, _origin as origin, id, source, type,
    case
        when strlen("time") = 10 then timezone('Europe/Berlin', ("time"::date + 1)::timestamp) - interval 1 microsecond
        else "time"::timestamptz
    end as "time",
    sequence::bigint as sequence, account, motion, object, handoff, subject,
    case when cycle is not null then cycle::integer when type != 'handoff.field_set' then 1 end as cycle,
    field, value, actor, team, reason, detail,
    case when strlen("time") = 10 then 'day' else 'instant' end as time_precision
from raw.raw_events.events
inner join files using (_file);

-- Only a row whose source and id occur twice can be known already or a revision: few, compared by their whole content.
create temp table suspects as
select * from typed
where hash(source, id) in (
    select key from (select hash(source, id) as key from raw.raw_events.events) group by key having count(*) > 1
);

create temp table decided as
with contents as (
    select min(position) as position, source, id
    from suspects
    group by
        source, id, type, "time", sequence, account, motion, object, handoff, subject, cycle, field, value, actor, team, reason, detail
)
select suspects.position, numbered.revision, numbered.supersedes, numbered.first_position
from suspects
left join (
    select
        position,
        row_number() over revisions as revision,
        lag(position) over revisions as supersedes,
        first_value(position) over revisions as first_position
    from contents
    window revisions as (partition by source, id order by position)
) as numbered on suspects.position = numbered.position;

copy (
    with told as (
        select
            typed.position, '{as_of}'::timestamptz as recorded_at, '{run_id}' as run_id, typed.origin,
            case when decided.position is null then 1 else decided.revision end::integer as revision,
            decided.supersedes,
            typed.* exclude (position, origin)
        from typed
        left join decided on typed.position = decided.position
    ),
    salted as (
        select *, md5('{secret}'::blob || encode(position::varchar)) as salt_hex
        from told
        where revision is not null
    )
    select
        * exclude (salt_hex),
        unhex(salt_hex) as salt,
        unhex(sha256(concat(
            salt_hex, position, ':', epoch_us(recorded_at), ':', ifnull(strlen(run_id), -1), ':', run_id,
            ifnull(strlen(origin), -1), ':', origin, revision, ':', supersedes, ':',
            ifnull(strlen(id), -1), ':', id, ifnull(strlen(source), -1), ':', source, ifnull(strlen(type), -1), ':', type,
            epoch_us("time"), ':', sequence, ':', ifnull(strlen(account), -1), ':', account,
            ifnull(strlen(motion), -1), ':', motion, ifnull(strlen(object), -1), ':', object,
            ifnull(strlen(handoff), -1), ':', handoff, ifnull(strlen(subject), -1), ':', subject, cycle, ':',
            ifnull(strlen(field), -1), ':', field, ifnull(strlen(value), -1), ':', value,
            ifnull(strlen(actor), -1), ':', actor, ifnull(strlen(team), -1), ':', team,
            ifnull(strlen(reason), -1), ':', reason, ifnull(strlen(detail), -1), ':', detail,
            ifnull(strlen(time_precision), -1), ':', time_precision
        ))) as hash
    from salted
) to '{out}/ledger.parquet' (format parquet, parquet_version v2, compression zstd, compression_level 1);

drop table suspects;
