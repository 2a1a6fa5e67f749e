{#- An instant, or an ISO 8601 text of one (without a zone: UTC), as whole milliseconds since 1970: the same for every spelling. -#}
{% macro milliseconds(at) -%}
epoch_ms(try_cast({{ at }} as timestamptz))
{%- endmacro %}

{#- The last instant before this one. -#}
{% macro just_before(at) -%}
({{ at }} - interval 1 microsecond)
{%- endmacro %}
