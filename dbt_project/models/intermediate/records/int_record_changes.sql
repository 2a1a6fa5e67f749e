-- Grain: one row per change of a record's property by which an act shows, that says what packets are about, or that links
-- records: few of all properties. With what stood there before: an act is a change, and what is written again is none.

with mapped as (

    -- one integer instead of three texts to tell histories apart
    select *, row_number() over () as property_key
    from (
        select source_system, object, property from {{ ref('event_map') }} where property != ''
        union
        select source_system, object, property from {{ ref('account_map') }}
        union
        select source_system, object, property from {{ ref('about_map') }}
        union
        select source_system, object, property from {{ ref('link_map') }} where property != ''
    )

),

changed as (

    select
        told.position, told.order_key, told."time", told.origin, told.source as source_system, told.object,
        told.subject as record, told.field as property, {{ trimmed('told.value') }} as value, told.actor, told.team,
        {{ is_snapshot('told.detail') }} as is_snapshot, mapped.property_key
    from {{ ref('int_events__told') }} as told
    inner join mapped
        on told.source = mapped.source_system and told.object = mapped.object and told.field = mapped.property
    where told.type = 'record.changed'

),

read as (

    select
        changed.* exclude (actor),
        coalesce(people.person, changed.actor) as actor,
        {{ folded('changed.value') }} as folded,
        changed.value is not null and not {{ is_placeholder('changed.value', 'placeholders') }} as is_usable
    from changed
    cross join {{ ref('int_placeholders') }} as placeholders
    left join {{ ref('int_person_ids') }} as people on changed.actor = people.id

)

select
    * exclude (property_key),
    lag(folded) over history as folded_before,
    coalesce(lag(is_usable) over history, false) as is_usable_before,
    row_number() over history = 1 as is_first,
    lead(order_key) over history is null as is_latest
from read
window history as (partition by property_key, record order by order_key)
