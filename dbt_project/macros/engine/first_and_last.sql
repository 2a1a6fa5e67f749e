{#- "First" and "last" mean by time, sequence, source, id: a total order, so that a tie never depends on the engine. -#}

{% macro event_order() -%}
row("time", sequence, source, id)
{%- endmacro %}

{% macro first_of(value) -%}
arg_min({{ value }}, {{ event_order() }})
{%- endmacro %}

{% macro last_of(value) -%}
arg_max({{ value }}, {{ event_order() }})
{%- endmacro %}
