{#- JSON differs between engines: here is how ours takes it apart. -#}

{#- The text at a path of a JSON text, or of a JSON value itself; null where there is none. -#}
{% macro json_text(json, path=none) -%}
json_extract_string({{ json }}, '${{ '.' ~ path if path }}')
{%- endmacro %}

{#- An object's keys and values, one row each, as a struct `entry` of key and value (JSON). For the select list. -#}
{% macro json_entries(json, path=none) -%}
unnest(map_entries(json_extract({{ json }}, '${{ '.' ~ path if path }}')::map(varchar, json))) as entry
{%- endmacro %}

{#- A list of objects with these text keys: one row per item, one column per key. For the select list. -#}
{% macro json_items(json, keys) -%}
unnest(from_json({{ json }}, '[{ {%- for key in keys -%} "{{ key }}":"VARCHAR"{{ ',' if not loop.last }} {%- endfor -%} }]'), recursive := true)
{%- endmacro %}

{#- An object of these columns, nulls left out, as JSON text; null where all of them are. -#}
{% macro json_object_of(columns) -%}
nullif(
    json_merge_patch('{}', json_object({% for name, value in columns.items() %}'{{ name }}', {{ value }}{{ ', ' if not loop.last }}{% endfor %}))::varchar,
    '{}'
)
{%- endmacro %}
