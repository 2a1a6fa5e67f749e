-- Grain: one row per packet that a record shows and thing its properties say of it, as of its trigger; a value set in the
-- same instant counts. Of several properties the first named one with a usable value speaks. Where a source keeps no
-- history and showed us its value later only, that one is the best there is.

with packets as (

    select * from {{ ref('int_record_packets') }} where is_triggered

),

records as (

    select handoff, subject, cycle, source_system, object, record, opened_at, 'subject' as reaches from packets

    union

    select packets.handoff, packets.subject, packets.cycle, others.source_system, others.object, others.record,
        packets.opened_at, 'subject'
    from packets
    inner join {{ ref('int_record_subjects') }} as others
        on packets.handoff = others.handoff and packets.subject = others.subject

    union all

    select reach.handoff, reach.subject, reach.cycle, reach.source_system, reach.object, reach.record,
        packets.opened_at, 'other'
    from {{ ref('int_record_reach') }} as reach
    inner join packets
        on reach.handoff = packets.handoff and reach.subject = packets.subject and reach.cycle = packets.cycle

),

asked as (

    select
        records.* exclude (opened_at), map.property, map.about, map.position,
        records.opened_at as "time", {{ next_instant_key('records.opened_at') }} as until_key
    from records
    inner join {{ ref('about_map') }} as map
        on records.handoff = map.handoff and records.source_system = map.source_system
        and records.object = map.object and (records.reaches = 'subject') = (map.reaches = 'subject')
    where map.about != 'reason'

),

answered as (

    select asked.*, stood.order_key, stood.value, stood.is_usable
    from asked
    asof inner join {{ ref('int_record_changes') }} as stood
        on asked.source_system = stood.source_system and asked.object = stood.object
        and asked.record = stood.record and asked.property = stood.property
        and asked.until_key > stood.order_key

    union all

    select asked.*, -shown.order_key, shown.value, shown.is_usable
    from asked
    inner join {{ ref('int_record_changes') }} as shown
        on asked.source_system = shown.source_system and asked.object = shown.object
        and asked.record = shown.record and asked.property = shown.property
        and asked.until_key <= shown.order_key
    where shown.is_first and shown.is_snapshot

)

select handoff, subject, cycle, about, arg_max(value, (-position, order_key)) as value
from answered
where is_usable
group by handoff, subject, cycle, about
