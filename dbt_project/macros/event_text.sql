{#- How the text of a raw event row becomes a value: whole numbers, instants, days; and who acted as a system. -#}

{#- A whole number, as 2 or 2.0; a cast alone would round 1.5 to 2. -#}
{% macro whole(text, type) -%}
case when regexp_full_match({{ text }}, '[+-]?\d+(\.0*)?') then try_cast({{ text }} as {{ type }}) end
{%- endmacro %}


{#- 'zoned', 'local' (no zone), 'day' (a date alone) or null: what kind of ISO 8601 text is this? -#}
{% macro time_shape(text) %}
case
    when regexp_full_match({{ text }}, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)') then 'zoned'
    when regexp_full_match({{ text }}, '\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d{1,9})?)?') then 'local'
    when regexp_full_match({{ text }}, '\d{4}-\d\d-\d\d') then 'day'
end
{% endmacro %}


{#- ISO 8601 text → instant. Local times and days are read in `zone`; null where there is none or the text is no time. -#}
{% macro instant(text, shape, zone) %}
case {{ shape }}
    when 'zoned' then {{ iso_cast(text, 'timestamptz') }}
    when 'local' then timezone({{ zone }}, {{ iso_cast(text, 'timestamp') }})
    when 'day' then {{ end_of_day(zone, 'try_cast(' ~ text ~ ' as date)') }}
end
{% endmacro %}


{#-
    ISO 8601 text as the engine reads it. Almost all texts cast as they are; the few forms it does not know (no seconds, a
    comma, nanoseconds, a small z) are spelled out first.
-#}
{% macro iso_cast(text, type) -%}
coalesce(
    try_cast({{ text }} as {{ type }}),
    try_cast(regexp_replace(regexp_replace(
        upper(replace({{ text }}, ',', '.')),
        '^(.{10})[T ](\d\d:\d\d)([Z+-].*)?$', '\1 \2:00\3'
    ), '(\.\d{6})\d+', '\1') as {{ type }})
)
{%- endmacro %}


{#- The last microsecond of a day in a zone: the day's end as an instant that still belongs to the day. -#}
{% macro end_of_day(zone, day) %}
timezone({{ zone }}, ({{ day }} + 1)::timestamp) - interval 1 microsecond
{% endmacro %}


{#- A system user is one by `person.set`, or because the event says so. Few details mention it: the search is cheap. -#}
{% macro is_system_user(known, detail) -%}
(
    coalesce({{ known }}, false)
    or coalesce(contains({{ detail }}, 'actor_kind') and json_extract_string({{ detail }}, '$.actor_kind') = 'system', false)
)
{%- endmacro %}


{#- A value that was taken out of history (`seamkeeper forget`): something stood there, what it was nobody can say any more. -#}
{% macro is_forgotten(detail) -%}
({{ detail }} is not null and coalesce(contains({{ detail }}, 'forgotten') and json_extract_string({{ detail }}, '$.forgotten') = 'true', false))
{%- endmacro %}


{#- What a source showed us when we looked, because it keeps no history of it. -#}
{% macro is_snapshot(detail) -%}
({{ detail }} is not null and coalesce(json_extract_string({{ detail }}, '$.evidence') = 'snapshot', false))
{%- endmacro %}
