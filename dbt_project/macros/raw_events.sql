{#-
    Rows in the public event columns, as text and numbered in their order: what a staging folder hands on as
    `raw_<folder>.events`, from its models `stg_<folder>__<model>`. What no model has is null. `system` is what `source` says
    of the rows, where it is not the folder's name. An instant is text in UTC with its offset; a time without a zone is the
    source's `zone`.

    Beside them it tells the columns of the folder's tables, as properties `<table>.<column>`, unless it is no folder of tables or
    a model tells them (`columns=false`). `read_from` says of which column a property comes that is called otherwise, as in
    {'deal.stage': 'stage_change.new_stage'}. While a column is gone, nothing is cleared by its being empty.
-#}
{% macro raw_events(folder, models, system=none, columns=true, read_from={}) %}
{% set tells_columns = columns %}
{% set columns = [
    'id', 'source', 'type', 'time', 'sequence', 'account', 'motion', 'object', 'handoff', 'subject', 'cycle', 'field',
    'value', 'actor', 'team', 'reason', 'detail'
] %}
with told as (

    select
        {% for name in columns if name != 'source' %}
        null::varchar as "{{ name }}",
        {% endfor %}
        null::varchar as _origin, null::varchar as _run_id
    where false
    {% for model in models %}
    union all by name
    select * replace ("time"::varchar as "time") from {{ ref('stg_' ~ folder ~ '__' ~ model) }}
    {% endfor %}
    {% if tells_columns %}
    union all by name
    {{ column_events(table_columns(folder, read_from)) }}
    {% endif %}

),

-- sorted once: rows are wide, and a number given by a window over this order would sort them twice
ordered as (

    select *
    from told
    {% if tells_columns %}
    where coalesce(type != 'record.changed' or "value" is not null, true)
        or coalesce(object || '.' || field, '') not in (select subject from ({{ table_columns(folder, read_from) }}) where is_gone)
    {% endif %}
    order by try_cast("time" as timestamptz), object, subject, field, id

)

select
    {% for name in columns %}
    {% if name == 'source' %}'{{ system or folder }}'{% else %}"{{ name }}"{% endif %}::varchar as "{{ name }}",
    {% endfor %}
    _origin::varchar as _origin,
    '{{ folder }}' as _file,
    row_number() over () as _row,
    _run_id::varchar as _run_id
from ordered
{% endmacro %}

{#- The columns that a folder's tables have or had, by the property that comes from each (`read_from`, else its own name). -#}
{% macro table_columns(folder, read_from) %}
select
    _origin, _run_id, _pulled_at, _is_new, type, is_gone,
    coalesce(
        {% for property, column in read_from.items() %}
        case when "table" || '.' || "column" = '{{ column }}' then '{{ property }}' end,
        {% endfor %}
        "table" || '.' || "column"
    ) as subject
from raw_{{ folder }}.columns
{% endmacro %}

{#- Events of columns that came, went or changed their type. `columns` is a query as `table_columns` makes it. -#}
{% macro column_events(columns) %}
select
    _origin, _run_id,
    concat_ws(':', _origin, 'property', subject, 'column', {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at::varchar as "time", 'property' as object, subject,
    case when is_gone then 'deleted' else 'column_type' end as field,
    case when is_gone then 'true' else type end as "value",
    {{ json_object_of({'evidence': "'snapshot'"}) }} as detail
from ({{ columns }})
where _is_new
{% endmacro %}

{#- A person's team as contracts name teams: `Customer Success` is customer_success. -#}
{% macro team_name(text) -%}
nullif(trim(regexp_replace(lower({{ text }}), '[^a-z0-9]+', '_', 'g'), '_'), '')
{%- endmacro %}

{#-
    Whether a record said the same when it was last recorded: a value without history is told when it changes, not again. That a
    property was empty was said only if it was read.
-#}
{% macro was_told(before, path, key, value) -%}
(
    {{ was_read(before, path, key) }}
    and nullif(json_extract_string({{ before }}, '$.{{ path }}."' || {{ key }} || '"'), '') is not distinct from nullif({{ value }}, '')
)
{%- endmacro %}

{#- Whether a property was there, if only empty, when its record was last recorded. -#}
{% macro was_read(before, path, key) -%}
coalesce(json_exists({{ before }}, '$.{{ path }}."' || {{ key }} || '"'), false)
{%- endmacro %}

{#- What properties and stages are called, and of what kind they are: snapshots, as seen when it was pulled. -#}
{% macro shape_events(records) %}
with told as (

    select _origin, _run_id, _pulled_at, object, id as subject, {{ json_entries('content') }}
    from {{ records }}
    where _is_new and object in ('property', 'stage')

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, entry.key, {{ milliseconds('_pulled_at') }}) as id,
    'record.changed' as type, _pulled_at as "time", object, subject, entry.key as field, {{ json_text('entry.value') }} as "value",
    {{ json_object_of({'evidence': "'snapshot'"}) }} as detail
from told
{% endmacro %}

{#- That a record is deleted is one more property of it, cleared when it comes back. -#}
{% macro deletion_events(records, objects) %}
select
    _origin, _run_id,
    concat_ws(':', _origin, object, id, 'deleted', {{ milliseconds('changed_at') }}) as id,
    'record.changed' as type, changed_at as "time", object, id as subject, 'deleted' as field,
    {{ json_text('content', 'deleted') }} as "value",
    null as detail
from {{ records }}
where _is_new and object in ('{{ objects | join("', '") }}')
    and coalesce({{ json_text('content', 'deleted') }}, {{ json_text('content', 'restored') }}) = 'true'
{% endmacro %}
