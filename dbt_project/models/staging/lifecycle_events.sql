{{ config(materialized='table') }}

-- Grain: one row per raw event row of any source. Renames and casts, nothing more: what does not cast becomes null, and
-- `fault` says in words which rule of the public interface the row breaks (null: none); such rows go to quarantine, never
-- into the ledger. A date alone is the end of that day in the source's zone; an instant without a zone needs a declared
-- zone, too. Order: source, file, row; the record step relies on it.

{% set text_columns = [
    'id', 'source', 'type', 'time_text', 'sequence_text', 'account', 'motion', 'object', 'handoff', 'subject', 'cycle_text',
    'field', 'value', 'actor', 'team', 'reason', 'detail'
] %}

with raw_rows as (

    -- looked up in a map: a join would lose the order of the rows, which is the default order of events
    select raw.*, declared.zones[raw._origin] as zone
    from {{ source('ops', 'raw_events') }} as raw
    cross join (select map(list(name), list(zone)) as zones from {{ source('ops', 'sources') }}) as declared

),

timed as (

    select
        *,
        "time" as time_text,
        {{ time_shape('"time"') }} as time_shape
    from raw_rows

),

staged as (

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
        _retried as retried,
        -- what the casts above could not read, kept as text for the message
        time_text,
        time_shape,
        zone as declared_zone,
        sequence as sequence_text,
        cycle as cycle_text
    from timed

),

-- The rules as lists in one row each: a join would lose the order of the rows.
rules as (

    select
        list(type) as types,
        {% for need in ['handoff', 'subject', 'field', 'account', 'actor', 'number'] %}
        list(type) filter (needs_{{ need }}) as need_{{ need }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('event_types') }}

),

contracts as (

    select list(distinct handoff) as handoffs from {{ ref('contract_versions') }}

),

checked as (

    select
        staged.*,
        case
            {% for name in text_columns %}
            when contains({{ name }}, chr(0)) then '{{ name.removesuffix('_text') }} contains a NUL character: take it out at the source'
            {% endfor %}
            when id is null then 'id is missing'
            when source is null then 'source is missing'
            when source = 'seamkeeper' and origin != 'seamkeeper' then 'source seamkeeper is reserved for our own acts'
            when type is null then 'type is missing'
            when not list_contains(types, type) then 'type is unknown: ' || left(type, 100)
            when coalesce(time_text, '') = '' then 'time is missing'
            when "time" is null and time_shape in ('local', 'day') and declared_zone is null
                then 'time has no zone and the source declares none: ' || left(time_text, 100)
            when "time" is null then 'time is not ISO 8601: ' || left(time_text, 100)
            when year("time") not between 1900 and 2199 then 'time is outside of 1900 to 2199: ' || left(time_text, 100)
            when (sequence is null and sequence_text != '') or sequence not between 0 and 4398046511103
                then 'sequence is not an integer from 0 to 2^42: ' || left(sequence_text, 100)
            when (cycle is null and cycle_text != '') or cycle < 1
                then 'cycle is not an integer from 1: ' || left(cycle_text, 100)
            {% for need in ['handoff', 'subject', 'field', 'account', 'actor'] %}
            when {{ need }} is null and list_contains(need_{{ need }}, type) then '{{ need }} is missing'
            {% endfor %}
            when handoff is not null and list_contains(need_handoff, type) and not list_contains(handoffs, handoff)
                then 'handoff is unknown: ' || left(handoff, 100)
            when list_contains(need_number, type) and not coalesce(isfinite(try_cast(value as double)), false)
                then 'value is not a number'
            when motion = 'all' then 'motion all is reserved'
            when detail is not null and not coalesce(json_valid(detail), false) then 'detail is not JSON'
        end as fault
    from staged
    cross join rules
    cross join contracts

)

select
    id, source, type, "time", sequence, account, motion, object, handoff, subject, cycle, field, value,
    actor, team, reason, detail, time_precision, origin, file, "row", retried, fault
from checked
