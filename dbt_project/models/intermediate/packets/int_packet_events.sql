-- Grain: one row per event that moves a packet (never a field). Who acted is resolved here: the team on the event, else
-- the person's team at that time.

with events as (

    select *
    from {{ ref('int_events') }}
    where type in (
        'handoff.triggered', 'handoff.submitted', 'handoff.accepted', 'handoff.rejected', 'handoff.reopened',
        'handoff.withdrawn', 'handoff.voided', 'handoff.assigned', 'handoff.crossed'
    )

)

select
    events.handoff, events.subject, events.cycle, replace(events.type, 'handoff.', '') as act,
    events."time", events.sequence, events.source, events.id, events.origin,
    events.account, events.motion, events.value, events.reason, events.detail, events.actor, events.team as named_team,
    coalesce(events.team, persons.team) as actor_team,
    coalesce(persons.is_system, false) as is_system
from events
asof left join {{ ref('int_persons') }} as persons
    on events.actor = persons.person and events."time" >= persons.since
