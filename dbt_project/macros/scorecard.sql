{#-
    From packets to periods. `dimensions` are what a scorecard row can be cut by; a packet whose value is unknown counts
    in 'all' only. Days are the organisation's.
-#}
{% macro dimensions() %}
{{ return(['motion', 'sender_team', 'receiver_team', 'sender', 'receiver']) }}
{% endmacro %}

{#- The first day of the period a day belongs to, per grain; null for grain 'all'. -#}
{% macro week_start(day) -%}
({{ day }} - ((isodow({{ day }}) - organisation.week_starts_on + 7) % 7)::integer)
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
    Sums of `measures` (name → aggregate, additive over days) per handoff × dimension value × grain × period of `day`.
    Days first, periods second: five times less to add up than packets.
-#}
{% macro sums_by_period(relation, day, measures) %}
with daily as (

    select
        handoff,
        {{ day }} as day,
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
    from {{ relation }}
    where {{ day }} is not null
    group by grouping sets (
        (handoff, {{ day }}){% for dimension in dimensions() %},
        (handoff, {{ day }}, {{ dimension }}){% endfor %}
    )

),

placed as (

    select daily.*, {{ periods_of('daily.day') }}
    from daily
    cross join {{ ref('int_scorecard_context') }} as context
    cross join {{ ref('organisation') }} as organisation
    where daily.dimension_value is not null

)

select
    handoff, dimension, dimension_value, grain, period_start,
    {% for name in measures %}
    sum({{ name }}) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from placed
where grain != 'rolling_90d' or period_start is not null
group by handoff, dimension, dimension_value, grain, period_start
{% endmacro %}

{#- Every packet of `relation` once per dimension value and period of `day`: for figures that do not add up. -#}
{% macro rows_by_period(relation, day, columns) %}
with cut as (

    select
        handoff, {{ day }} as day, {{ columns | join(', ') }},
        unnest([
            {'dimension': 'all', 'dimension_value': 'all'}{% for dimension in dimensions() %},
            {'dimension': '{{ dimension }}', 'dimension_value': {{ dimension }}}{% endfor %}
        ], recursive := true)
    from {{ relation }}
    where {{ day }} is not null

),

placed as (

    select cut.*, {{ periods_of('cut.day') }}
    from cut
    cross join {{ ref('int_scorecard_context') }} as context
    cross join {{ ref('organisation') }} as organisation
    where cut.dimension_value is not null

)

select * exclude (day)
from placed
where grain != 'rolling_90d' or period_start is not null
{% endmacro %}

{#- One long row of the scorecard, before its interval. `covered` of `coverable` is what could be observed at all. -#}
{% macro measure(metric, numerator, n, breakdown='', covered='null', coverable='null', total='null', squares='null') -%}
{
    'metric': '{{ metric }}', 'breakdown': '{{ breakdown }}', 'numerator': ({{ numerator }})::bigint, 'n': ({{ n }})::bigint,
    'covered': ({{ covered }})::bigint, 'coverable': ({{ coverable }})::bigint,
    'total': ({{ total }})::decimal(38, 12), 'squares': ({{ squares }})::decimal(38, 12)
}
{%- endmacro %}
