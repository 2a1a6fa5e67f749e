{#-
    "First" and "last" mean by time, sequence, source, id: a total order, so that a tie never depends on the engine.
    `order_key` (int_events) is that order as one integer: comparing four columns, two of them text, costs twice the time.
-#}

{% macro first_of(value) -%}
arg_min({{ value }}, order_key)
{%- endmacro %}

{#- What the first row says, even if that is nothing: `first_of` looks for the first row that says something. -#}
{% macro of_the_first(value) -%}
arg_min_null({{ value }}, order_key)
{%- endmacro %}

{% macro last_of(value) -%}
arg_max({{ value }}, order_key)
{%- endmacro %}

{#- time in the high bits, then sequence (below 2^42), then `tie` (below 2^20) among equal times and sequences. -#}
{% macro order_key(sequence, tie) -%}
epoch_us("time")::hugeint * 9223372036854775808 + ({{ sequence }}) * 1048576 + {{ tie }}
{%- endmacro %}
