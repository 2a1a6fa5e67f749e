-- Grain: one row per act that the mapping finds in the records, in the event columns: what int_events adds to what was told.
-- Each keeps the position of the event it shows by, so that an issue leads to it.

with signs as (

    select signs.*, coalesce(packets.cycle, 1) as cycle
    from {{ ref('int_record_signs') }} as signs
    -- a subject has few cycles: no need to sort for an as-of join; what was before the first belongs to it
    left join {{ ref('int_record_packets') }} as packets
        on signs.handoff = packets.handoff and signs.subject = packets.subject
        and signs."time" >= packets.opened_at and (packets.until is null or signs."time" < packets.until)
    where signs.event != 'handoff.triggered'

),

-- A record is gone when it is deleted in every system that had it, and stays deleted.
deleted as (

    select signs.handoff, signs.subject, max(signs.order_key) as order_key
    from signs
    left join {{ ref('int_record_subjects') }} as others
        on signs.handoff = others.handoff and signs.source_system = others.source_system
        and signs.object = others.object and signs.record = others.record
    where signs.event = 'handoff.voided' and signs.property = 'deleted' and signs.is_latest
    group by signs.handoff, signs.subject
    having count(*) = coalesce(any_value(others.records), 1)

),

-- Who owned the record when a later cycle opened is its owner then, too.
owners as (

    select packets.handoff, packets.subject, packets.cycle, owned.* exclude (handoff, subject, cycle)
    from (
        select packets.*, {{ instant_key('packets.opened_at') }} as instant_key, places.source_system as place_system, places.object as place_object, places.property as place
        from {{ ref('int_record_packets') }} as packets
        inner join {{ ref('event_map') }} as places
            on packets.handoff = places.handoff and places.event = 'handoff.assigned'
        where packets.cycle > 1
    ) as packets
    asof inner join (select * from signs where event = 'handoff.assigned') as owned
        on packets.handoff = owned.handoff and packets.subject = owned.subject
        and packets.place_system = owned.source_system and packets.place_object = owned.object
        and packets.place = owned.property and packets.instant_key > owned.order_key

),

about as (

    select handoff, subject, cycle, map(list(about), list(value)) as said
    from {{ ref('int_record_about') }}
    group by handoff, subject, cycle

),

acts as (

    select
        packets.handoff, packets.subject, packets.cycle, 'handoff.triggered' as type, packets.position,
        packets.order_key, packets.opened_at as "time", packets.origin, packets.source_system as source, packets.actor,
        packets.team, packets.is_snapshot, null as reason,
        about.said['amount'] as value, nullif(about.said['motion'], 'all') as motion,
        json_object(
            'name', about.said['name'], 'segment', about.said['segment'], 'url', about.said['url'],
            'currency', about.said['currency']
        ) as detail
    from {{ ref('int_record_packets') }} as packets
    left join about
        on packets.handoff = about.handoff and packets.subject = about.subject and packets.cycle = about.cycle
    where packets.is_triggered

    union all by name

    select
        packets.handoff, packets.subject, packets.cycle, 'handoff.crossed' as type, touches.position,
        touches.order_key, touches."time", touches.origin, null as source, touches.actor, touches.team
    from {{ ref('int_record_packets') }} as packets
    inner join {{ ref('int_record_touches') }} as touches on packets.anchor = touches.anchor
    where packets.is_triggered and (packets.until is null or touches."time" < packets.until)

    union all by name

    select
        signs.handoff, signs.subject, signs.cycle, signs.event as type, signs.position, signs.order_key, signs."time",
        signs.origin, signs.source_system as source, signs.actor, signs.team, signs.is_snapshot, reasons.reason
    from signs
    left join {{ ref('int_record_reasons') }} as reasons
        on signs.event = 'handoff.rejected' and signs.position = reasons.position and signs.handoff = reasons.handoff
    where signs.event != 'handoff.voided' or signs.property != 'deleted'

    union all by name

    select
        signs.handoff, signs.subject, signs.cycle, signs.event as type, signs.position, signs.order_key, signs."time",
        signs.origin, signs.source_system as source, signs.actor, signs.team, signs.is_snapshot
    from signs
    semi join deleted
        on signs.handoff = deleted.handoff and signs.subject = deleted.subject and signs.order_key = deleted.order_key
    where signs.event = 'handoff.voided' and signs.property = 'deleted'

    union all by name

    select
        handoff, subject, cycle, event as type, position, order_key, "time", origin, source_system as source, actor,
        team, is_snapshot
    from owners

)

select
    acts.position, acts.origin, null::varchar as id, acts.source, acts.type, acts."time", null::bigint as sequence,
    packets.account, acts.motion, null::varchar as object, acts.handoff, acts.subject, acts.cycle, null::varchar as field,
    acts.value, acts.actor, acts.team, acts.reason,
    case
        when acts.is_snapshot then json_merge_patch(coalesce(acts.detail, '{}'), '{"evidence": "snapshot"}')
        else acts.detail
    end as detail,
    acts.order_key + {{ act_rank('acts.type') }} as order_key
from acts
inner join {{ ref('int_record_packets') }} as packets
    on acts.handoff = packets.handoff and acts.subject = packets.subject and acts.cycle = packets.cycle

union all by name

select * from {{ ref('int_record_account_acts') }}
