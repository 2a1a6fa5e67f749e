{#- What is a number and can be added up; infinities and NaN, which cast as well, are not. -#}
{% macro finite(text) -%}
case when isfinite(try_cast({{ text }} as double)) then try_cast({{ text }} as double) end
{%- endmacro %}

{#- The currency an event states, in capitals; empty if it states that there is none, null if it says nothing. -#}
{% macro currency(detail) -%}
upper(trim(json_extract_string({{ detail }}, '$.currency')))
{%- endmacro %}
