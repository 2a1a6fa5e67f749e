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
        {{ open_until('begun.' ~ starts_at, 'start_span') }} as used
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

{#-
    How many hours `calendar` was open between two instants: one row per `key` of `relation`, with `hours` (double).

    hours_in_calendar(relation, key, starts_at, ends_at, calendar): all five are names, the last four of columns of
    `relation`, a table or a CTE in which `key` is unique. In `always`, hours are elapsed hours. An end at its start is
    0 hours; an end before its start, or one of the two missing, is null: the row is there all the same.

    Open time between two instants is what was open until the one less what was open until the other: two look-ups.
-#}
{% macro hours_in_calendar(relation, key, starts_at, ends_at, calendar) %}
select
    lasting.{{ key }},
    case
        when lasting.{{ ends_at }} < lasting.{{ starts_at }} then null
        when lasting.{{ calendar }} = 'always' then {{ hours_between('lasting.' ~ starts_at, 'lasting.' ~ ends_at) }}
        else (ends.open_time - starts.open_time) / 3600000000.0
    end as hours
from {{ relation }} as lasting
{% for side, instant in {'starts': starts_at, 'ends': ends_at}.items() %}
left join (
    select begun.{{ key }}, {{ open_until('begun.' ~ instant, 'span') }} as open_time
    from (
        -- only what needs a look-up, and only its columns
        select {{ key }}, {{ calendar }}, {{ instant }}
        from {{ relation }}
        where {{ calendar }} != 'always' and {{ starts_at }} is not null and {{ ends_at }} is not null
    ) as begun
    asof left join {{ source('ops', 'calendar_spans') }} as span
        on begun.{{ calendar }} = span.calendar and begun.{{ instant }} >= span.opens_at
) as {{ side }} on lasting.{{ key }} = {{ side }}.{{ key }}
{% endfor %}
{% endmacro %}

{#- Open microseconds until an instant, from the last span that opened at or before it; none of them: 0. -#}
{% macro open_until(instant, span) -%}
coalesce({{ span }}.open_before + epoch_us(least({{ instant }}, {{ span }}.closes_at)) - epoch_us({{ span }}.opens_at), 0)
{%- endmacro %}

{% macro open_microseconds(hours) -%}
({{ hours }} * 3600000000)::bigint
{%- endmacro %}
