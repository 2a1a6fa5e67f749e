-- Grain: one row per handoff and record of its types that another name stands for, or that shares its packet: records that
-- are one and the same in several systems are one packet, under the id of the contract's first record type. Where two
-- types use one id for different records, the later type's is told apart by its name. A record without a row is a packet
-- of its own, under its own id.

-- Every record by which a packet of a contract with several record types may show, and what it hangs together with.
with known as (

    select distinct types.handoff, types.position, changes.source_system, changes.object, changes.record
    from {{ ref('int_record_changes') }} as changes
    inner join {{ ref('record_map') }} as types
        on changes.source_system = types.source_system and changes.object = types.object
    where types.handoff in (select handoff from {{ ref('record_map') }} where handoff != '' and position = 2)

    union

    select types.handoff, types.position, ids.source_system, ids.object, ids.record
    from {{ ref('int_record_ids') }} as ids
    inner join {{ ref('record_map') }} as types
        on ids.source_system = types.source_system and ids.object = types.object
    where types.handoff != ''

),

grouped as (

    select
        known.*,
        coalesce(ids.same, {{ record_node('known.source_system', 'known.object', 'known.record') }}) as same
    from known
    left join {{ ref('int_record_ids') }} as ids using (source_system, object, record)

),

named as (

    select
        *,
        arg_min(record, position) over one as name,
        min(position) over one as name_position,
        arg_min(source_system || '.' || object, position) over one as name_type,
        count(*) over one as records
    from grouped
    window one as (partition by handoff, same)

),

told_apart as (

    select
        handoff, source_system, object, record, records,
        case
            when dense_rank() over (partition by handoff, name order by name_position) = 1 then name
            else name_type || ':' || name
        end as subject
    from named

)

select handoff, source_system, object, record, subject, records
from told_apart
where records > 1 or subject != record
