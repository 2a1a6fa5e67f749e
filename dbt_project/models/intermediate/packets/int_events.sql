{{ config(materialized='view') }}

-- Grain: one row per event as the packets see it: what was told, and what the contracts' mapping makes of records. It is
-- applied here, on the way out of the ledger, so that a mended mapping corrects the past: a `record.changed` of a mapped
-- property is a `handoff.field_set` of every contract field it feeds, visible to every cycle of its own record's packet,
-- and to the packets that a property of an account or of a linked record reaches; acts come from int_record_acts.

select * from {{ ref('int_events__told') }} where type != 'record.changed'

union all by name

select
    changed.* replace (
        'handoff.field_set' as type, map.handoff as handoff, coalesce(subjects.subject, changed.subject) as subject,
        null::integer as cycle, map.field as field
    )
from {{ ref('int_events__told') }} as changed
inner join {{ ref('field_map') }} as map
    on changed.source = map.source_system and changed.object = map.object and changed.field = map.property
left join {{ ref('int_record_subjects') }} as subjects
    on map.handoff = subjects.handoff and changed.source = subjects.source_system
    and changed.object = subjects.object and changed.subject = subjects.record
where changed.type = 'record.changed' and map.reaches = 'subject'

union all by name

select
    changed.* replace (
        'handoff.field_set' as type, map.handoff as handoff, reach.subject as subject, reach.cycle as cycle,
        map.field as field
    )
from {{ ref('int_events__told') }} as changed
inner join {{ ref('field_map') }} as map
    on changed.source = map.source_system and changed.object = map.object and changed.field = map.property
inner join {{ ref('int_record_reach') }} as reach
    on map.handoff = reach.handoff and changed.source = reach.source_system
    and changed.object = reach.object and changed.subject = reach.record
where changed.type = 'record.changed' and map.reaches != 'subject'

union all by name

select * from {{ ref('int_record_acts') }}
