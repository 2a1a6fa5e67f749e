-- Grain: one row per rejection that a record shows and whose reason stood in a mapped property then; a reason set in the same
-- instant counts. Spelled as the closed list spells reasons.

with rejections as (

    select position, handoff, subject, source_system, object, record, {{ next_instant_key('"time"') }} as until_key
    from {{ ref('int_record_signs') }}
    where event = 'handoff.rejected'

),

asked as (

    select
        rejections.position, rejections.handoff, rejections.until_key, map.property, map.position as preference,
        coalesce(others.source_system, rejections.source_system) as source_system,
        coalesce(others.object, rejections.object) as object,
        coalesce(others.record, rejections.record) as record
    from rejections
    left join {{ ref('int_record_subjects') }} as others
        on rejections.handoff = others.handoff and rejections.subject = others.subject
    inner join {{ ref('about_map') }} as map
        on rejections.handoff = map.handoff and map.about = 'reason'
        and coalesce(others.source_system, rejections.source_system) = map.source_system
        and coalesce(others.object, rejections.object) = map.object

)

select
    asked.position, asked.handoff,
    arg_max(trim(regexp_replace(stood.folded, '[^a-z0-9]+', '_', 'g'), '_'), (-asked.preference, stood.order_key)) as reason
from asked
asof inner join {{ ref('int_record_changes') }} as stood
    on asked.source_system = stood.source_system and asked.object = stood.object
    and asked.record = stood.record and asked.property = stood.property
    and asked.until_key > stood.order_key
where stood.is_usable
group by asked.position, asked.handoff
