{#-
    "First" and "last" mean by time, sequence, source, id: a total order, so that a tie never depends on the engine.
    `order_key` (int_events) is that order as one integer: comparing four columns, two of them text, costs twice the time.
-#}

{% macro first_of(value) -%}
arg_min({{ value }}, order_key)
{%- endmacro %}

{% macro last_of(value) -%}
arg_max({{ value }}, order_key)
{%- endmacro %}

{#-
    time in the high bits, then sequence (below 2^42), then `tie` (below 2^20) among equal times and sequences. Room for
    fifteen more behind each: one change of a record may show several acts (macro act_rank).
-#}
{% macro order_key(sequence, tie) -%}
epoch_us("time")::hugeint * 73786976294838206464 + ({{ sequence }}) * 16777216 + ({{ tie }}) * 16
{%- endmacro %}

{#- The least key that an event of this instant may have: as of an instant includes all of its events. -#}
{% macro instant_key(instant) -%}
epoch_us({{ instant }})::hugeint * 73786976294838206464
{%- endmacro %}

{#- The least key of the instant after this one: what lies below it had happened as of the instant. -#}
{% macro next_instant_key(instant) -%}
(epoch_us({{ instant }}) + 1)::hugeint * 73786976294838206464
{%- endmacro %}
