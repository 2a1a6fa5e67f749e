{#- A model's schema is exactly the one dbt_project.yml names: there is one working database and one target. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
