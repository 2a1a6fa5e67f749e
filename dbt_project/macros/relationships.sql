{#- Primary relationship owners: of which motion an event speaks, and stretches of time that say the same. -#}

{#- The motion an `account.primary_set` is about; without one it is about the account, whatever its motions. -#}
{% macro stated_motion(detail) -%}
coalesce(nullif(json_extract_string({{ detail }}, '$.motion'), ''), 'all')
{%- endmacro %}

{#-
    Segments of time (account, from_at, until_at, without holes) that say the same in `what` become one stretch. For a CTE:
    one row per account and stretch.
-#}
{% macro stretches(segments, what) %}
select account, {{ what }}, min(from_at) as from_at, max(until_at) as until_at
from (
    select *, count(*) filter (is_new) over (partition by account order by from_at) as stretch
    from (
        select *, {{ what }} is distinct from lag({{ what }}) over (partition by account order by from_at) as is_new
        from {{ segments }}
    )
)
group by account, stretch, {{ what }}
{% endmacro %}
