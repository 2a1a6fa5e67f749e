-- Grain: one row per team of organisation.yaml that has somebody to turn to: its lead, manager and executive, each null where
-- nobody is named or who is named has gone.

with named as (

    unpivot (select team, lead, manager, executive from {{ ref('teams') }})
    on lead, manager, executive into name role value id

)

select
    named.team,
    any_value(coalesce(ids.person, named.id)) filter (named.role = 'lead') as lead,
    any_value(coalesce(ids.person, named.id)) filter (named.role = 'manager') as manager,
    any_value(coalesce(ids.person, named.id)) filter (named.role = 'executive') as executive
from named
left join {{ ref('int_person_ids') }} as ids on named.id = ids.id
where coalesce(ids.person, named.id) not in (select person from {{ ref('int_persons__gone') }})
group by named.team
