{#- Where a loader keeps every version of a record, they are its history. -#}

{#-
    Of tables in Fivetran's history mode, what each version of a record changed: _origin, _run_id, _is_new, object, subject, field,
    changed_at, value (null: cleared), is_snapshot. A version begins when the record changed at its source, and has all columns;
    what the first one holds may be older. A version that ends, and no other begins a millisecond later, is one that was deleted.
    Columns are read as in `current_values`.
-#}
{% macro version_changes(layout, tables, prefix='', renamed={}) %}
with versions as (

    {% for object, table in tables.items() %}
    select
        '{{ object }}' as object, "{{ table.id }}"::varchar as subject, _origin, _run_id, _is_new,
        {{ utc('_fivetran_start::varchar') }} as begins_at, {{ utc('_fivetran_end::varchar') }} as ends_at,
        _fivetran_active::varchar = 'true' as is_active, coalesce(is_deleted::varchar = 'true', false) as is_deleted
    from {{ raw_rows(layout, table.name, ['is_deleted', '_fivetran_start', '_fivetran_end'], current=false) }}
    where _fivetran_start is not null
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

deletions as (

    select _origin, _run_id, _is_new, object, subject, begins_at as changed_at, is_deleted
    from versions

    union all

    select _origin, _run_id, _is_new, object, subject, ends_at, true
    from versions
    qualify not is_active and coalesce(
        lead(begins_at) over (partition by object, subject order by begins_at) > ends_at + interval 1 second, true
    )

),

cells as (

    {% for object, table in tables.items() %}
    select
        '{{ object }}' as object, _subject as subject, _origin, _run_id, _new as _is_new,
        {{ utc('_start') }} as begins_at, _column, nullif(_value, '') as _value
    from (
        select
            columns(* exclude (_origin, _run_id, _pulled_at, _is_new, _before))::varchar,
            "{{ table.id }}"::varchar as _subject, _origin, _run_id, _is_new as _new, _fivetran_start::varchar as _start
        from {{ raw_rows(layout, table.name, ['_fivetran_start'], current=false) }}
        where _fivetran_start is not null
    )
    unpivot include nulls (_value for _column in (columns(* exclude (_subject, _origin, _run_id, _new, _start))))
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{{ read_columns(layout, tables, prefix, renamed) }},

valued as (

    select
        cells._origin, cells._run_id, cells._is_new, cells.object, cells.subject, properties.property as field,
        cells.begins_at as changed_at, cells._value as "value"
    from cells
    inner join properties on cells.object = properties.object and cells._column = properties._column

),

told as (

    select *, row_number() over history = 1 as is_snapshot, lag("value") over history as value_before
    from valued
    window history as (partition by object, subject, field order by changed_at)

)

select * exclude (value_before)
from told
where is_snapshot or "value" is distinct from value_before

union all by name

select
    _origin, _run_id, _is_new, object, subject, 'deleted' as field, changed_at,
    case when is_deleted then 'true' end as "value", false as is_snapshot
from deletions
qualify is_deleted is distinct from lag(is_deleted, 1, false) over (partition by object, subject order by changed_at)
{% endmacro %}
