-- Grain: handoff × contract version × field or act (`kind`, `name`) × span of time in which it could not be read: a property
-- that it maps was not there. Only fields that judging needs: required ones, and those on which a requirement depends; and
-- acts without which figures would be wrong. What nobody can fill in is not missing, and a decision that nobody can read is
-- none that was not made. `said` is what a person reads of it.
--
-- A field or act can be read as long as one of its properties is there; but one that was there and is gone, with no other of
-- its system to read, took the packets of that system with it.

with shapes as (

    select
        source as source_system, subject as name, order_key, "time",
        field = 'deleted' and coalesce(value = 'true', false) as is_absent
    from {{ ref('int_events__told') }}
    where type = 'record.changed' and object = 'property'

),

turns as (

    select *, lag(is_absent) over history as was_absent
    from shapes
    window history as (partition by source_system, name order by order_key)

),

spans as (

    select
        source_system, name, is_absent,
        was_absent is not null as was_there,
        case when was_absent is null and is_absent then '-infinity'::timestamptz else "time" end as gone_at,
        coalesce(lead("time") over (partition by source_system, name order by order_key), 'infinity'::timestamptz) as back_at
    from turns
    where is_absent is distinct from was_absent

),

absences as (

    select * from spans where is_absent

),

-- For who mistyped: what is there and called alike.
nearest as (

    select
        absences.source_system, absences.name,
        absences.source_system || '.' || {{ nearest_name('absences.name', 'spans.name') }} as alike
    from absences
    inner join spans
        on absences.source_system = spans.source_system and split_part(absences.name, '.', 1) = split_part(spans.name, '.', 1)
    where not absences.was_there and not spans.is_absent and spans.back_at = 'infinity'
    group by absences.source_system, absences.name

),

needed as (

    select handoff, version, field as name
    from {{ ref('int_contract_fields') }}
    where required or required_when is not null

    union

    select handoff, version, required_when from {{ ref('int_contract_fields') }} where required_when is not null

),

properties as (

    select
        needed.handoff, needed.version, 'field' as kind, needed.name,
        map.source_system, map.object, map.object || '.' || map.property as property
    from needed
    inner join {{ ref('field_map') }} as map on needed.handoff = map.handoff and needed.name = map.field

    union

    -- a touch is no property, and always there to be read
    select
        versions.handoff, versions.version, 'act', substr(map.event, 9),
        map.source_system, map.object, map.object || '.' || map.property
    from {{ ref('contract_versions') }} as versions
    inner join {{ ref('event_map') }} as map on versions.handoff = map.handoff
    where map.event in (
        'handoff.triggered', 'handoff.submitted', 'handoff.accepted', 'handoff.rejected', 'handoff.crossed'
    )
        and (map.handoff, map.event) not in (
            select handoff, event from {{ ref('event_map') }} where handoff != '' and form = 'first_touch'
        )

),

-- A system that told nothing of these records is none to read from.
in_use as (

    select distinct source as source_system, object
    from {{ ref('int_events__told') }}
    where type = 'record.changed' and object != 'property'

),

mapped as (

    select properties.*
    from properties
    semi join in_use on properties.source_system = in_use.source_system and properties.object = in_use.object

),

instants as (

    select mapped.handoff, mapped.version, mapped.kind, mapped.name, absences.gone_at as turned_at
    from mapped
    inner join absences on mapped.source_system = absences.source_system and mapped.property = absences.name

    union

    select mapped.handoff, mapped.version, mapped.kind, mapped.name, absences.back_at
    from mapped
    inner join absences on mapped.source_system = absences.source_system and mapped.property = absences.name

),

systems as (

    select
        instants.*, mapped.source_system,
        bool_and(absences.name is not null) as is_absent,
        coalesce(bool_or(absences.was_there), false) as was_there,
        string_agg(
            mapped.source_system || '.' || mapped.property
            || case when absences.was_there then ', which is gone' else ', which is not there' end
            || coalesce(' (did you mean ' || nearest.alike || '?)', ''),
            ' and ' order by mapped.property
        ) as said
    from instants
    inner join mapped
        on instants.handoff = mapped.handoff and instants.version = mapped.version
        and instants.kind = mapped.kind and instants.name = mapped.name
    left join absences
        on mapped.source_system = absences.source_system and mapped.property = absences.name
        and absences.gone_at <= instants.turned_at and instants.turned_at < absences.back_at
    left join nearest on absences.source_system = nearest.source_system and absences.name = nearest.name
    group by all

),

states as (

    select
        handoff, version, kind, name, turned_at,
        bool_and(is_absent) or bool_or(is_absent and was_there) as is_unreadable,
        name || ' reads ' || string_agg(said, ' and ' order by source_system) filter (is_absent) as said
    from systems
    group by handoff, version, kind, name, turned_at

)

select
    handoff, version, kind, name, said, turned_at as gone_at,
    coalesce(
        lead(turned_at) over (partition by handoff, version, kind, name order by turned_at), 'infinity'::timestamptz
    ) as back_at
from states
qualify is_unreadable
