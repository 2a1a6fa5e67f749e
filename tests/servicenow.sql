-- A ServiceNow audit log → lifecycle events. Variables: `log`, the CSV file to read, and `events`, the Parquet file to write.
-- Only the first row of an incident speaks: it says what was known when support got it. Later rows are what support found
-- out. Nobody recorded a decision. `?` goes out as it is: that it means "missing" is for organisation.yaml to say.

create or replace temporary table incidents as
select
    number as subject,
    strftime(strptime(opened_at, '%-d/%-m/%Y %H:%M'), '%Y-%m-%dT%H:%M:00') as opened_at,
    opened_by,
    caller_id,
    category,
    category_1 as subcategory, -- the log heads two columns "category"
    impact,
    urgency,
    assignment_group
from (
    select *, row_number() over () as row from read_csv(getvariable('log'), header = true, all_varchar = true)
)
qualify row_number() over (partition by number order by row) = 1;

copy (
    select
        subject || ':' || split_part(type, '.', 2) || coalesce(':' || field, '') as id,
        'servicenow' as source,
        type,
        opened_at as time,
        'cs_to_support' as handoff,
        subject,
        field,
        value,
        opened_by as actor
    from (
        select subject, opened_at, opened_by, null as field, null as value,
            unnest(['handoff.triggered', 'handoff.submitted', 'handoff.crossed']) as type
        from incidents
        union all
        select subject, opened_at, opened_by, field, value, 'handoff.field_set' as type
        from (
            unpivot incidents on caller_id, category, subcategory, impact, urgency, assignment_group
            into name field value value
        )
    )
    order by subject, id
) to (getvariable('events')) (format parquet);
