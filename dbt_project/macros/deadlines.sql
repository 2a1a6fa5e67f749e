{#-
    The instant `hours` open hours after `starts_at` in `calendar`: one row per `key` of `relation`.
    `always` runs day and night. Any other calendar is a list of open spans in order, each with the open time before it,
    so that both directions are one look-up: how much was open until the start, and in which span the sum is reached.
    A deadline that falls on the end of a span is that end, not the next morning.
-#}
{% macro deadlines(relation, key, starts_at, hours, calendar) %}
select {{ key }}, {{ starts_at }} + to_microseconds({{ open_microseconds(hours) }}) as due_at
from {{ relation }}
where {{ calendar }} = 'always' and {{ starts_at }} is not null

union all

select started.{{ key }}, due_span.opens_at + to_microseconds(started.used + started.allowed - due_span.open_before) as due_at
from (
    select
        begun.{{ key }}, begun.{{ calendar }},
        {{ open_microseconds('begun.' ~ hours) }} as allowed,
        coalesce(
            start_span.open_before
            + epoch_us(least(begun.{{ starts_at }}, start_span.closes_at)) - epoch_us(start_span.opens_at),
            0
        ) as used
    from (
        select {{ key }}, {{ calendar }}, {{ starts_at }}, {{ hours }}
        from {{ relation }}
        where {{ calendar }} != 'always' and {{ starts_at }} is not null
    ) as begun
    asof left join {{ source('ops', 'calendar_spans') }} as start_span
        on begun.{{ calendar }} = start_span.calendar and begun.{{ starts_at }} >= start_span.opens_at
) as started
asof left join {{ source('ops', 'calendar_spans') }} as due_span
    on started.{{ calendar }} = due_span.calendar and started.used + started.allowed > due_span.open_before
{% endmacro %}

{% macro open_microseconds(hours) -%}
({{ hours }} * 3600000000)::bigint
{%- endmacro %}
