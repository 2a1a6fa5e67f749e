-- Grain: one row per event about an account: its life, its people's answers, what was asked or touched. The account is the
-- one that linked ids count for; who acted is resolved as for packets: the team on the event, else the person's then.

select
    events.position, events.order_key, events.type, events."time",
    coalesce(ids.account, events.account) as account,
    events.handoff, events.subject, events.cycle, events.field, events.value, events.detail,
    coalesce(people.person, events.actor) as actor,
    coalesce(events.team, persons.team) as actor_team,
    {{ is_system_user('persons.is_system', 'events.detail') }} as is_system
from {{ ref('int_events') }} as events
left join {{ ref('int_account_ids') }} as ids on events.account = ids.account_id
left join {{ ref('int_person_ids') }} as people on events.actor = people.id
left join {{ ref('int_persons') }} as persons
    on coalesce(people.person, events.actor) = persons.person and events."time" >= persons.since and events."time" < persons.until
where events.type in (
    'account.started', 'account.arr_set', 'account.churned', 'account.touched', 'account.milestone',
    'account.primary_set', 'account.linked', 'survey.answered',
    'handoff.question_asked', 'handoff.reasked', 'handoff.reask_checked', 'handoff.customer_updated'
)
