{#-
    From packets to periods. `dimensions` are what a scorecard row can be cut by; a packet whose value is unknown counts
    in 'all' only. Days are the organisation's.
-#}
{% macro dimensions() %}
{{ return(['motion', 'segment', 'amount_band', 'sender_team', 'receiver_team', 'sender', 'receiver']) }}
{% endmacro %}

{#- The first day of the period a day belongs to, per grain; null for grain 'all'. -#}
{% macro week_start(day) -%}
({{ day }} - ((isodow({{ day }}) - organisation.week_starts_on + 7) % 7)::integer)
{%- endmacro %}

{#- Within thirty days: elapsed time, the last instant included. -#}
{% macro thirty_days() -%}
interval 720 hour
{%- endmacro %}

{% macro one_year() -%}
interval 8760 hour
{%- endmacro %}

{% macro periods_of(day) -%}
unnest([
    {'grain': 'week', 'period_start': {{ week_start(day) }}},
    {'grain': 'month', 'period_start': date_trunc('month', {{ day }})::date},
    {'grain': 'quarter', 'period_start': date_trunc('quarter', {{ day }})::date},
    {'grain': 'rolling_90d', 'period_start': case
        when {{ day }} > context.as_of_day - 90 then context.as_of_day - 89
    end},
    {'grain': 'all', 'period_start': null}
], recursive := true)
{%- endmacro %}

{#-
    Every row of `relation` once per grain of its `day`, with the period's `seen_at`: what happened later is not seen yet.
    How long a period waits for its figure is the
    metric's window (seed `metrics`); `only` is a condition that may depend on `seen_at`. A packet is its receiver's from
    when the receiver is known.
-#}
{% macro seen_by_period(relation, day, metric, only) %}
select
    packets.* replace (case when packets.receiver_known_at <= periods.seen_at then packets.receiver end as receiver),
    periods.grain, periods.period_start, periods.seen_at
from {{ relation }} as packets
inner join {{ ref('int_period_days') }} as periods on packets.{{ day }} = periods.day
where periods.window_days is not distinct from (select max(window_days) from {{ ref('metrics') }} where metric = '{{ metric }}')
    and ({{ only }})
{% endmacro %}

{#- Sums of `measures` (name → aggregate) per handoff × dimension value × grain × period of `day`. -#}
{% macro sums_by_period(relation, day, metric, measures, only='true') %}
with seen as (

    {{ seen_by_period(relation, day, metric, only) }}

),

sums as (

    select
        handoff, grain, period_start,
        case {% for dimension in dimensions() %}
            when grouping({{ dimension }}) = 0 then '{{ dimension }}' {% endfor %}
            else 'all'
        end as dimension,
        case {% for dimension in dimensions() %}
            when grouping({{ dimension }}) = 0 then {{ dimension }} {% endfor %}
            else 'all'
        end as dimension_value,
        {% for name, aggregate in measures.items() %}
        {{ aggregate }} as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from seen
    group by grouping sets (
        (handoff, grain, period_start){% for dimension in dimensions() %},
        (handoff, grain, period_start, {{ dimension }}){% endfor %}
    )

)

select * from sums where dimension_value is not null
{% endmacro %}

{#- The same packets once per dimension value: for figures that do not add up. -#}
{% macro rows_by_period(relation, day, metric, columns, only='true') %}
with seen as (

    {{ seen_by_period(relation, day, metric, only) }}

),

cut as (

    select
        handoff, grain, period_start, seen_at, {{ columns | join(', ') }},
        unnest([
            {'dimension': 'all', 'dimension_value': 'all'}{% for dimension in dimensions() %},
            {'dimension': '{{ dimension }}', 'dimension_value': {{ dimension }}}{% endfor %}
        ], recursive := true)
    from seen

)

select * from cut where dimension_value is not null
{% endmacro %}

{#- Which of a packet's settlements (int_scored_settlements) stood at `seen_at`. -#}
{% macro settlement_stands() -%}
coalesce(stands_from <= seen_at, true) and coalesce(stands_until > seen_at, true)
{%- endmacro %}

{#-
    One long row of the scorecard, before its interval. `covered` of `coverable` is what could be observed at all. A mean
    has the `total` of whole numbers and of their `squares`; so many of them, `per`, are one unit of the metric.
-#}
{% macro measure(metric, numerator, n, breakdown='', covered='null', coverable='null', total='null', squares='null', per=1) -%}
{
    'metric': '{{ metric }}', 'breakdown': '{{ breakdown }}', 'numerator': ({{ numerator }})::bigint, 'n': ({{ n }})::bigint,
    'covered': ({{ covered }})::bigint, 'coverable': ({{ coverable }})::bigint,
    'total': ({{ total }})::hugeint, 'squares': ({{ squares }})::hugeint, 'per': {{ per }}::double
}
{%- endmacro %}
