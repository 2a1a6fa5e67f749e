-- Won and lost deals of a table without ids and dates → lifecycle events. Variables: `deals`, the CSV file to read, and
-- `events`, the Parquet file to write. The row number is the deal: equal rows are different deals. One constant time
-- stands for all of them; the contract says that times are not recorded.

create or replace temporary table deals as
select
    'deal-' || row_number() over () as subject,
    Budgt_alloc as budget,
    Purch_dept as purchasing,
    Competitors as competitors
from read_csv(getvariable('deals'), delim = ';', header = true, all_varchar = true);

copy (
    select
        subject || ':' || split_part(type, '.', 2) || coalesce(':' || field, '') as id,
        'salvirt' as source,
        type,
        '2020-01-01T00:00:00Z' as time,
        'sdr_to_ae' as handoff,
        subject,
        field,
        value
    from (
        select subject, null as field, null as value,
            unnest(['handoff.triggered', 'handoff.submitted', 'handoff.crossed']) as type
        from deals
        union all
        select subject, field, value, 'handoff.field_set' as type
        from (unpivot deals on budget, purchasing, competitors into name field value value)
    )
) to (getvariable('events')) (format parquet);
