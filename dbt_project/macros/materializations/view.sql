{#- A view, made in one statement (see table.sql). -#}
{% materialization view, adapter='duckdb' %}
    {%- set target = this.incorporate(type='view') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_view %}{% do adapter.drop_relation(existing) %}{% endif %}
    {% call statement('main') -%}
    create or replace view {{ target }} as (
    {{ compiled_code }}
    );
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
