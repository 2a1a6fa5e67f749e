{#- Instants are UTC; days, weeks and months are the organisation's. `zone` is a column or an expression. -#}

{% macro local_day(instant, zone) -%}
timezone({{ zone }}, {{ instant }})::date
{%- endmacro %}

{#- A local day's first moment, as an instant. -#}
{% macro first_moment(zone, day) -%}
timezone({{ zone }}, ({{ day }})::timestamp)
{%- endmacro %}

{% macro hours_between(started_at, ended_at) -%}
((epoch_us({{ ended_at }}) - epoch_us({{ started_at }})) / 3600000000.0)
{%- endmacro %}
