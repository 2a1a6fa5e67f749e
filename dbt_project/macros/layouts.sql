{#- What the staging folders of shipped layouts share: a loader's tables, of which some columns may be missing. -#}

{#-
    The rows of a raw table. Of these columns those that the table lacks are null; read them with ::varchar. In a loader's
    history mode there is a row per version of a record: only the `current` one is told.
-#}
{% macro raw_rows(layout, table, columns=[], current=true) %}
(
    select * from (
        select {% for name in columns %}null::varchar as "{{ name }}", {% endfor %}null::varchar as _fivetran_active, null::varchar as _before where false
        union all by name
        select * from {{ source('raw_' ~ layout, table) }}
    )
    {% if current %}where coalesce(_fivetran_active::varchar, 'true') = 'true'{% endif %}
)
{% endmacro %}

{#- A time of a loader, which writes UTC whether or not the type of the column says so. -#}
{% macro utc(at) -%}
try_cast({{ at }} as timestamptz)
{%- endmacro %}

{#- What two spellings of a name share: StageName is stage_name, HubSpot_Id__c is hub_spot_id_c. -#}
{% macro name_key(name) -%}
lower(regexp_replace({{ name }}, '[^A-Za-z0-9]', '', 'g'))
{%- endmacro %}

{#- The same of a column, which may be called otherwise than its property: `renamed` is column → property. -#}
{% macro column_key(name, renamed) -%}
coalesce(
    {% for column, property in renamed.items() %}
    case when {{ name }} = '{{ column }}' then '{{ property | replace('_', '') }}' end,
    {% endfor %}
    {{ name_key(name) }}
)
{%- endmacro %}

{#-
    Events of the columns of records' tables, by the property that contracts read from each; of the others by their own name. And
    of mapped properties that there never was a column for: they are not there. `histories` are read, too; what is `elsewhere`
    (object.property) needs no column. The rest as in `current_values`.
-#}
{% macro property_events(layout, tables, histories, prefix='', renamed={}, elsewhere=[]) %}
with wanted as (

    select *, {{ name_key('property') }} as property_key from {{ source('raw_' ~ layout, 'wanted') }}

),

told as (

    select
        _origin, _run_id, _pulled_at, _is_new, type, is_gone, "column",
        case "table" {% for object, table in tables.items() %}when '{{ table.name }}' then '{{ object }}' {% endfor %}end as object,
        {{ column_key('"column"', renamed) }} as column_key
    from {{ source('raw_' ~ layout, 'columns') }}

),

properties as (

    select
        told._origin, told._run_id, told._pulled_at, told._is_new, told.type, told.is_gone,
        told.object || '.' || coalesce(wanted.property, told."column") as subject
    from told
    left join wanted
        on told.object = wanted.object
        and told.column_key in (wanted.property_key, '{{ prefix | replace('_', '') }}' || wanted.property_key)
    where told.object is not null
    -- of two columns for one property, one that is there is enough
    qualify row_number() over (partition by subject order by told.is_gone, told."column") = 1

),

not_there as (

    select
        wanted._origin, wanted._run_id, wanted._pulled_at, wanted._is_new, null as type, true as is_gone,
        wanted.object || '.' || wanted.property as subject
    from wanted
    where wanted.is_mapped
        and wanted.object in (select object from told)
        and wanted.object || '.' || wanted.property not in (select subject from properties)
        {% for name in elsewhere %}
        and wanted.object || '.' || wanted.property != '{{ name }}'
        {% endfor %}
        and not exists (
            select 1 from {{ histories }} as history
            where history.object = wanted.object and history.field = wanted.property
        )

)

{{ column_events('select * from properties union all by name select * from not_there') }}
{% endmacro %}

{#- What was last recorded of a row's column; null where it was empty, or nothing of the row was recorded. -#}
{% macro recorded(column) -%}
nullif(json_extract_string(_before, '$."' || {{ column }} || '"'), '')
{%- endmacro %}

{#- Whether a row says that it is deleted, and whether it said so when it was last recorded. -#}
{% macro is_deleted() -%}
coalesce(is_deleted::varchar = 'true' or _fivetran_deleted::varchar = 'true', false)
{%- endmacro %}

{% macro was_deleted() -%}
coalesce({{ recorded("'is_deleted'") }} = 'true' or {{ recorded("'_fivetran_deleted'") }} = 'true', false)
{%- endmacro %}

{#- Whether all of a row is to be told: it is first seen, was deleted, or contracts read more of it than before. -#}
{% macro is_whole() -%}
(_before is null or {{ recorded("'_whole'") }} = 'true' or {{ was_deleted() }})
{%- endmacro %}

{#- The CTE `properties`: which columns of the CTE `cells` (object, _column) hold which property that contracts read. -#}
{% macro read_columns(layout, tables, prefix, renamed) %}
wanted as (

    select object, property, {{ name_key('property') }} as property_key from {{ source('raw_' ~ layout, 'wanted') }}

),

keyed as (

    -- a column that is gone is empty in all rows, and clears nothing
    select distinct object, _column, {{ column_key('_column', renamed) }} as column_key
    from cells
    where (object, _column) not in (
        select
            (case "table" {% for object, table in tables.items() %}when '{{ table.name }}' then '{{ object }}' {% endfor %}end, "column")
        from {{ source('raw_' ~ layout, 'columns') }}
        where is_gone
    )

),

properties as (

    select keyed.object, keyed._column, wanted.property
    from keyed
    inner join wanted
        on keyed.object = wanted.object
        and keyed.column_key in (wanted.property_key, '{{ prefix | replace('_', '') }}' || wanted.property_key)

)
{% endmacro %}

{#-
    What records hold now, in the properties that contracts read, where that is not what was last recorded: _origin, _run_id,
    _pulled_at, object, subject, field, value, and whether it has changed (`is_change`) or may be seen for the first time;
    null where there is nothing. `tables`: object → its table and the column of its id. A column is a property's if their names
    agree, with or without `prefix`, or as `renamed` (column → property) says. Where people open the record is a property, too.
-#}
{% macro current_values(layout, tables, prefix='', renamed={}) %}
with records as (

    {% for object, table in tables.items() %}
    select
        '{{ object }}' as object, "{{ table.id }}"::varchar as subject, _origin, _run_id, _pulled_at
    from {{ raw_rows(layout, table.name) }}
    where _is_new and {{ is_whole() }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

cells as (

    {% for object, table in tables.items() %}
    select
        '{{ object }}' as object, _subject as subject, _origin, _run_id, _pulled_at, _column, nullif(_value, '') as _value,
        {{ is_whole() }} as is_whole, _before is not null and nullif(_value, '') is distinct from {{ recorded('_column') }} as is_change
    from (
        select
            columns(* exclude (_origin, _run_id, _pulled_at, _is_new, _before))::varchar,
            "{{ table.id }}"::varchar as _subject, _origin, _run_id, _pulled_at, _before
        from {{ raw_rows(layout, table.name) }}
        where _is_new
    )
    unpivot include nulls (_value for _column in (columns(* exclude (_subject, _origin, _run_id, _pulled_at, _before))))
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

{{ read_columns(layout, tables, prefix, renamed) }}

select
    cells._origin, cells._run_id, cells._pulled_at, cells.object, cells.subject, properties.property as field,
    cells._value as "value", cells.is_change
from cells
inner join properties on cells.object = properties.object and cells._column = properties._column
where cells.is_whole or cells.is_change

union all

select
    records._origin, records._run_id, records._pulled_at, records.object, records.subject, 'record_url' as field,
    pages.page || records.subject as "value", false as is_change
from records
inner join {{ source('raw_' ~ layout, 'record_pages') }} as pages on records.object = pages.object
{% endmacro %}

{#-
    What a reference without a history refers to, and no longer does, since when: at first since the record's creation, later
    since we saw that it had changed; or since `told_at`, where the table tells it. Rows: _origin, _run_id, subject, value,
    since, linked_at, is_removed.
-#}
{% macro references(layout, table, column, created_at, told_at='null') %}
{% set before = recorded("'" ~ column ~ "'") %}
select
    _origin, _run_id, id::varchar as subject, {{ column }}::varchar as "value",
    case when is_first then 'created' else {{ milliseconds('_pulled_at') }}::varchar end as since,
    coalesce({{ told_at }}, case when is_first then {{ created_at }} end, _pulled_at) as linked_at, false as is_removed
from (
    select *, _before is null or {{ told_at }} is not null as is_first
    from {{ raw_rows(layout, table, [column, 'created_date', 'created_at', 'converted_date']) }}
)
where _is_new and {{ column }}::varchar is distinct from {{ before }}

union all

select
    _origin, _run_id, id::varchar as subject, {{ before }} as "value", {{ milliseconds('_pulled_at') }}::varchar as since,
    _pulled_at as linked_at, true as is_removed
from {{ raw_rows(layout, table, [column]) }}
where _is_new and {{ before }} != coalesce({{ column }}::varchar, '')
{% endmacro %}

{#-
    Events of what records hold and no history explains, as seen when it was pulled, and of those that were deleted or came
    back. `values` and `histories` are relations. What is empty when it is first seen says that of the time before nothing is
    known, so it is told only where no history could have said so: none of the object's properties has one, or with
    `tracked='field'` this property has none on any record.
-#}
{% macro snapshot_events(layout, tables, values, histories, tracked='object') %}
with marked as (

    {% for object, table in tables.items() %}
    select
        _origin, _run_id, _pulled_at, '{{ object }}' as object, "{{ table.id }}"::varchar as subject,
        {{ is_deleted() }} as is_deleted, {{ was_deleted() }} as was_deleted
    from {{ raw_rows(layout, table.name, ['is_deleted', '_fivetran_deleted', '_fivetran_start']) }}
    where _is_new and _fivetran_start is null -- versions tell it themselves
    {{ 'union all' if not loop.last }}
    {% endfor %}

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, 'seen', {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, field, "value",
    {{ json_object_of({'evidence': "'snapshot'"}) }} as detail
from {{ values }} as told
where not exists (
    select 1 from {{ histories }} as history
    where history.object = told.object and history.subject = told.subject and history.field = told.field
) and not exists (
    select 1 from marked where marked.object = told.object and marked.subject = told.subject and marked.is_deleted
) and (
    told."value" is not null or told.is_change or not exists (
        select 1 from {{ histories }} as history
        where history.object = told.object {{ 'and history.field = told.field' if tracked == 'field' }}
    )
)

union all by name

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, 'deleted', {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, 'deleted' as field,
    case when is_deleted then 'true' end as "value",
    {{ json_object_of({'evidence': "'snapshot'"}) }} as detail
from marked
where is_deleted or was_deleted
{% endmacro %}

{#- Event ids of one record's versions: by the millisecond, which survives another way to write a time. -#}
{% macro change_events(histories, detail='null') %}
select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, {{ milliseconds('changed_at') }}, case when nth > 1 then nth end) as id,
    'record.changed' as type, changed_at as "time", object, subject, field, nullif("value", '') as "value", actor,
    {{ detail }} as detail
from (
    select
        *,
        row_number() over (partition by object, subject, field, {{ milliseconds('changed_at') }} order by "value") as nth
    from {{ histories }}
)
where _is_new
{% endmacro %}
