{#-
    Rows in the public event columns, as text and numbered in their order: what a staging folder hands on as
    `raw_<folder>.events`, from its models `stg_<folder>__<model>`. What no model has is null. `system` is what `source` says
    of the rows, where it is not the folder's name. An instant is text in UTC with its offset; a time without a zone is the
    source's `zone`.
-#}
{% macro raw_events(folder, models, system=none) %}
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

)

select
    {% for name in columns %}
    {% if name == 'source' %}'{{ system or folder }}'{% else %}"{{ name }}"{% endif %}::varchar as "{{ name }}",
    {% endfor %}
    _origin::varchar as _origin,
    '{{ folder }}' as _file,
    row_number() over (order by try_cast("time" as timestamptz), object, subject, field, id) as _row,
    _run_id::varchar as _run_id
from told
order by _row
{% endmacro %}

{#- A person's team as contracts name teams: `Customer Success` is customer_success. -#}
{% macro team_name(text) -%}
nullif(trim(regexp_replace(lower({{ text }}), '[^a-z0-9]+', '_', 'g'), '_'), '')
{%- endmacro %}

{#- Whether a record said the same when it was last recorded: a value without history is told when it changes, not again. -#}
{% macro was_told(before, path, key, value) -%}
({{ before }} is not null and nullif(json_extract_string({{ before }}, '$.{{ path }}."' || {{ key }} || '"'), '') is not distinct from nullif({{ value }}, ''))
{%- endmacro %}
