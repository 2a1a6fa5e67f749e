{#-
    Raw event rows (every column text) → the event columns of the public interface, typed. Renames and casts, nothing
    more: what does not cast becomes null, and `stage.lifecycle_events` says what is wrong with the row.
    A date alone is the end of that day in the source's zone; an instant without a zone needs a declared zone, too.
-#}
{% macro lifecycle_events(relation) %}
with source as (

    -- looked up in a map: a join would lose the order of the rows, which is the default order of events
    select raw.*, declared.zones[raw._origin] as zone
    from {{ relation }} as raw
    cross join (select map(list(name), list(zone)) as zones from {{ source('ops', 'sources') }}) as declared

),

timed as (

    select
        *,
        "time" as time_text,
        {{ time_shape('"time"') }} as time_shape
    from source

),

renamed as (

    select
        nullif(id, '') as id,
        nullif(source, '') as source,
        nullif(type, '') as type,
        {{ instant('time_text', 'time_shape', 'zone') }} as "time",
        {{ whole('sequence', 'bigint') }} as sequence,
        nullif(account, '') as account,
        nullif(motion, '') as motion,
        nullif(object, '') as object,
        nullif(handoff, '') as handoff,
        nullif(subject, '') as subject,
        case
            when cycle != '' then {{ whole('cycle', 'integer') }}
            when type != 'handoff.field_set' then 1
        end as cycle,
        nullif(field, '') as field,
        value,
        nullif(actor, '') as actor,
        nullif(team, '') as team,
        nullif(reason, '') as reason,
        nullif(detail, '') as detail,
        case when time_shape = 'day' then 'day' else 'instant' end as time_precision,
        _origin as origin,
        _file as file,
        _row as "row",
        -- what the casts above could not read, kept as text for the message
        time_text,
        time_shape,
        zone as declared_zone,
        sequence as sequence_text,
        cycle as cycle_text
    from timed

)

select * from renamed
{% endmacro %}


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


{#- What a source showed us when we looked, because it keeps no history of it. -#}
{% macro is_snapshot(detail) -%}
({{ detail }} is not null and coalesce(json_extract_string({{ detail }}, '$.evidence') = 'snapshot', false))
{%- endmacro %}
