-- Grain: one row per packet that a record shows: cycle n is its n-th crossing. A trigger opens another cycle if between it
-- and the trigger before, of the same record, the packet's work moved; a stage that only went back and forth opens none.
-- Several systems' copies of a record trigger each on their own: the earliest n-th one opens cycle n.

with moves as (

    select signs.handoff, signs.subject, signs."time"
    from {{ ref('int_record_signs') }} as signs
    where signs.event = 'handoff.crossed'

    union all

    -- an acceptance that counts; by whom is seen again, more closely, in int_packet_acts
    select accepted.handoff, accepted.subject, accepted."time"
    from (
        select handoff, subject, "time", actor, team, origin, null as detail
        from {{ ref('int_record_signs') }}
        where event = 'handoff.accepted'

        union all

        select handoff, subject, "time", actor, team, origin, detail
        from {{ ref('int_events__told') }}
        where type = 'handoff.accepted' and handoff in (select handoff from {{ ref('int_record_anchors') }})
    ) as accepted
    left join {{ ref('int_person_ids') }} as people on accepted.actor = people.id
    left join {{ ref('int_persons') }} as persons
        on coalesce(people.person, accepted.actor) = persons.person
        and accepted."time" >= persons.since and accepted."time" < persons.until
    left join {{ source('ops', 'sources') }} as declared on accepted.origin = declared.name
    where case
        when accepted.actor is null then coalesce(declared.decisions = 'trusted', false)
        when {{ is_system_user('persons.is_system', 'accepted.detail') }} then false
        else coalesce(accepted.team, persons.team) is null
            or (accepted.handoff, coalesce(accepted.team, persons.team))
            in (select handoff, receiver_team from {{ ref('contract_versions') }})
    end

    union all

    select handoff, subject, "time"
    from {{ ref('int_events__told') }}
    where type = 'handoff.crossed' and handoff in (select handoff from {{ ref('int_record_anchors') }})

),

triggers as (

    select
        anchors.*,
        touches."time" as touched_at,
        lag(anchors."time") over of_record as time_before,
        lag(touches."time") over of_record as touched_before
    from {{ ref('int_record_anchors') }} as anchors
    left join {{ ref('int_record_touches') }} as touches on anchors.anchor = touches.anchor
    window of_record as (
        partition by anchors.handoff, anchors.subject, anchors.source_system, anchors.object, anchors.record
        order by anchors.order_key
    )

),

opening as (

    select
        triggers.*,
        triggers.time_before is not null
            and coalesce(triggers.touched_before < triggers."time" or moves."time" >= triggers.time_before, false)
            as is_next
    from triggers
    asof left join moves
        on triggers.handoff = moves.handoff and triggers.subject = moves.subject and triggers."time" > moves."time"

),

numbered as (

    select
        *,
        1 + count(*) filter (is_next) over (
            partition by handoff, subject, source_system, object, record order by order_key
        ) as cycle
    from opening

)

select
    handoff, subject, cycle::integer as cycle,
    arg_min(anchor, order_key) as anchor,
    min("time") as opened_at,
    lead(min("time")) over (partition by handoff, subject order by cycle) as until
from numbered
group by handoff, subject, cycle
