-- Grain: one row per event that moves a packet (never a field). Who acted is resolved here: the team on the event, else
-- the person's team at that time. What only a trigger carries is null elsewhere.

select
    keys.packet_key,
    substr(events.type, 9) as act, -- without `handoff.`
    events.position, events."time", events.order_key, events.origin, events.account,
    coalesce(ids.person, events.actor) as actor,
    events.team as named_team,
    coalesce(events.team, persons.team) as actor_team,
    {{ is_system_user('persons.is_system', 'events.detail') }} as is_system,
    case when events.type = 'handoff.rejected' then events.reason end as reason,
    case when events.type = 'handoff.triggered' then events.source end as system,
    case when events.type = 'handoff.triggered' then events.motion end as motion,
    case when events.type = 'handoff.triggered' then events.value end as value,
    case when events.type = 'handoff.triggered' then events.detail end as detail
from {{ ref('int_events') }} as events
inner join {{ ref('int_packet_keys') }} as keys
    on events.handoff = keys.handoff and events.subject = keys.subject and events.cycle = keys.cycle
left join {{ ref('int_person_ids') }} as ids on events.actor = ids.id
left join {{ ref('int_persons') }} as persons
    on coalesce(ids.person, events.actor) = persons.person and events."time" >= persons.since and events."time" < persons.until
where events.type in (
    'handoff.triggered', 'handoff.submitted', 'handoff.accepted', 'handoff.rejected', 'handoff.reopened',
    'handoff.withdrawn', 'handoff.voided', 'handoff.assigned', 'handoff.crossed'
)
