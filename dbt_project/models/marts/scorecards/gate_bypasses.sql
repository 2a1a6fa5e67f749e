-- Grain: one row per business event that happened while the gate was closed (modes block and warn). At that instant no
-- acceptance stood, or the packet was not complete: as judged at the transition, and as mended or spoilt since.

with crossings as (

    select
        acts.packet_key, acts.position, acts."time" as happened_at, acts.actor, acts.actor_team, acts.is_system,
        told.source as event_source, told.id as event_id, told.detail,
        gates.* exclude (packet_key)
    from {{ ref('int_packet_acts') }} as acts
    inner join {{ ref('int_packets__gates') }} as gates on acts.packet_key = gates.packet_key
    inner join {{ source('ledger', 'events') }} as told on acts.position = told.position
    where acts.act = 'crossed' and gates.mode in ('block', 'warn') and gates.status != 'void'
        -- a crossing that names no event is the one the gate is for
        and coalesce(json_extract_string(told.detail, '$.event') = gates.event, true)

),

-- At one instant a decision comes before a crossing.
standing as (

    select crossings.packet_key, crossings.position, {{ last_of('acts.act') }} as last_act
    from crossings
    inner join {{ ref('int_packet_acts') }} as acts
        on crossings.packet_key = acts.packet_key and acts."time" <= crossings.happened_at
    where acts.is_counted or acts.act in ('reopened', 'withdrawn')
    group by crossings.packet_key, crossings.position

),

looked_at as (

    select
        crossings.*,
        crossings.has_recorded_decisions and coalesce(standing.last_act != 'accepted', true) as is_unaccepted,
        case
            when crossings.is_complete_at_transition then coalesce(crossings.spoilt_at <= crossings.happened_at, false)
            when not crossings.is_complete_at_transition
                then not crossings.is_complete
                    or coalesce(coalesce(crossings.mended_at, crossings.accepted_at) > crossings.happened_at, true)
            else false -- nobody could see whether it was
        end as is_incomplete
    from crossings
    left join standing
        on crossings.packet_key = standing.packet_key and crossings.position = standing.position

)

select
    looked_at.packet_id, looked_at.handoff, looked_at.event, looked_at.mode,
    looked_at.happened_at, looked_at.actor, looked_at.actor_team,
    {{ route('looked_at.detail', 'looked_at.is_system', 'looked_at.actor') }} as route,
    list_filter([
        case when looked_at.is_unaccepted then 'not accepted' end,
        case when looked_at.is_incomplete then 'not complete' end
    ], lambda word: word is not null) as why,
    looked_at.amount,
    case when looked_at.amount is not null then organisation.currency end as currency,
    looked_at.event_source, looked_at.event_id,
    context.run_id, context.as_of
from looked_at
cross join {{ ref('organisation') }} as organisation
cross join {{ source('ops', 'run_context') }} as context
where looked_at.is_unaccepted or looked_at.is_incomplete
