-- Grain: one row per link between a record that may be a packet and another of its system, and span of time in which
-- nothing else was said of it. A link holds in both directions, whichever was told.

with packets as (

    select distinct source_system, object from {{ ref('record_map') }} where handoff != ''

),

told as (

    select
        source as source_system, object, subject as record, json_extract_string(detail, '$.object') as other_object,
        value as other, "time" as linked_at, order_key,
        coalesce(json_extract_string(detail, '$.primary') = 'true', false) as is_primary,
        coalesce(json_extract_string(detail, '$.removed') = 'true', false) as is_removed
    from {{ ref('int_events__told') }}
    where type = 'record.linked' and value != ''

),

both_ways as (

    select told.* from told semi join packets on told.source_system = packets.source_system and told.object = packets.object

    union all

    select
        told.* replace (
            told.other_object as object, told.other as record, told.object as other_object, told.record as other
        )
    from told
    semi join packets on told.source_system = packets.source_system and told.other_object = packets.object

),

spans as (

    select
        *,
        lead(linked_at) over (
            partition by source_system, object, record, other_object, other order by order_key
        ) as until
    from both_ways
    where other_object is not null

)

select * exclude (is_removed) from spans where not is_removed
