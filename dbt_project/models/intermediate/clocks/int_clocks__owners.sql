-- Grain: one row per clock: whose it is, never nobody, and who is told next if it stays breached. A rung of the ladder on
-- which there is nobody (no such person, gone, or told already on a lower one) is left out.

-- Who owned it on that side while the clock ran. A team that hands over to itself assigns to its receivers.
with assigned as (

    select clocks.clock_key, {{ last_of('acts.actor') }} as person
    from {{ ref('int_packet_acts') }} as acts
    inner join {{ ref('int_clocks') }} as clocks on acts.packet_key = clocks.packet_key
    where acts.act = 'assigned' and not acts.is_system and acts.named_team = clocks.side and acts."time" <= clocks.seen_at
        and (clocks.court = 'receiver' or not clocks.is_within_a_team)
    group by clocks.clock_key

),

owned as (

    select
        clocks.clock_key,
        coalesce(assigned.person, clocks.person) as whose,
        whose is not null and gone.person is null as is_there,
        case when is_there then whose else coalesce(teams.lead, clocks.fallback, clocks.side) end as owner,
        case
            when is_there then 'person'
            when teams.lead is not null then 'lead'
            when clocks.fallback is not null then 'fallback'
            else 'team'
        end as owner_kind,
        case when teams.manager is distinct from owner then teams.manager end as manager,
        case
            when teams.executive is distinct from owner and teams.executive is distinct from manager then teams.executive
        end as executive
    from {{ ref('int_clocks') }} as clocks
    left join assigned on clocks.clock_key = assigned.clock_key
    left join {{ ref('int_persons__gone') }} as gone on coalesce(assigned.person, clocks.person) = gone.person
    left join {{ ref('int_teams__there') }} as teams on clocks.side = teams.team

)

select
    clock_key, owner, owner_kind,
    coalesce(manager, executive) as first_told,
    case when manager is not null then 'manager' when executive is not null then 'executive' end as first_told_as,
    case when manager is not null then executive end as second_told
from owned
