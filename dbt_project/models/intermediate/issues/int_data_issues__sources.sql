-- Grain: one row per issue with what a system looks like: a property or stage that is new, gone, renamed or of another type
-- than before; a property that is mapped and never was there; and a record whose history says otherwise than the record itself. What is there at the first sight of a type of
-- record is no news.

with shapes as (

    select
        position, order_key, source, object, subject, field, value, "time",
        min("time") over (partition by source, object, split_part(subject, '.', 1)) as first_seen_at,
        field = 'deleted' and coalesce(value = 'true', false) as is_gone,
        row_number() over shape = 1 as is_first,
        lag(is_gone) over shape as was_gone,
        lag(value) over (partition by source, object, subject, field order by order_key) as value_before
    from {{ ref('int_events__told') }}
    where type = 'record.changed' and object in ('property', 'stage')
    window shape as (partition by source, object, subject order by order_key)

),

changed as (

    select
        position, source, object, subject, value, value_before,
        case
            when is_gone and is_first then 'not_there'
            when is_gone then 'gone'
            when was_gone or (is_first and "time" > first_seen_at) then 'new'
            when value_before is null or value = value_before then null
            when field = 'label' then 'renamed'
            when field in ('type', 'column_type') then 'type_changed'
        end as change
    from shapes

)

select
    position,
    case object when 'property' then 'field_' else 'stage_' end || change as issue,
    source || ' ' || subject || case change
        when 'gone' then ' is gone: what a contract reads there is missing from now on'
        when 'not_there' then ' is not there, and a contract reads it'
        when 'new' then ' is new'
        else ' was ' || value_before || ' and is ' || value
    end as detail
from changed
where change is not null

union all

select
    position, 'history_disagrees' as issue,
    source || ' ' || object || ' ' || subject || ': the history of ' || field || ' ends in another value than the record has'
from {{ ref('int_events__told') }}
where type = 'record.changed' and contains(detail, 'contradicts_history')
