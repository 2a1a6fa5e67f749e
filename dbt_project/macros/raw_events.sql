{#-
    Rows of text in the public event columns, numbered in their order: what a staging folder hands on as
    `raw_<kind>.events`. What a model of the folder does not have is null.
-#}
{% macro raw_events(kind, models) %}
with told as (

    -- every column is text, instants in UTC with their offset
    {% for model in models %}
    select * replace ("time"::varchar as "time") from {{ ref('stg_' ~ kind ~ '__' ~ model) }}
    {{ 'union all by name' if not loop.last }}
    {% endfor %}

)

select
    {% for name in ['id', 'source', 'type', 'time', 'sequence', 'account', 'motion', 'object', 'handoff', 'subject', 'cycle',
                    'field', 'value', 'actor', 'team', 'reason', 'detail'] %}
    {% if name in ['source'] %}'{{ kind }}'{% elif name in ['sequence', 'motion', 'handoff', 'cycle', 'reason'] %}null{% else %}"{{ name }}"{% endif %}::varchar as "{{ name }}",
    {% endfor %}
    _origin::varchar as _origin,
    '{{ kind }}' as _file,
    row_number() over (order by "time"::timestamptz, object, subject, field, id) as _row,
    _run_id::varchar as _run_id
from told
order by _row
{% endmacro %}

{#- A person's team as contracts name teams: `Customer Success` is customer_success. -#}
{% macro team_name(text) -%}
nullif(trim(regexp_replace(lower({{ text }}), '[^a-z0-9]+', '_', 'g'), '_'), '')
{%- endmacro %}
