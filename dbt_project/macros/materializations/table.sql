{#-
    A table, made in one transaction. dbt-duckdb's own makes it under another name, renames the old one away and the new one
    into place and drops what is left, for hooks, grants, indexes and foreign keys that we do not have; with tables of a few
    thousand rows that is a third of a model's time. Nobody reads the working database while it is written.
-#}
{% materialization table, adapter='duckdb' %}
    {%- set target = this.incorporate(type='table') -%}
    {%- set existing = load_cached_relation(this) -%}
    {%- if existing is not none and not existing.is_table %}{% do adapter.drop_relation(existing) %}{% endif %}
    {% call statement('main') -%}
    drop table if exists {{ target }} cascade;
    {{ create_table_as(False, target, compiled_code) }}
    {%- endcall %}
    {% do adapter.commit() %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}
