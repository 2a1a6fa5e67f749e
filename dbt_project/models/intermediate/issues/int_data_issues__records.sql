-- Grain: one row per issue with what records say: packets of nobody, acts whose time is ours, systems that name one account
-- in several ways, people of no team. A person is told once, however often they act.

with packets as (

    select keys.packet_key, packets.*
    from {{ ref('int_record_packets') }} as packets
    inner join {{ ref('int_packet_keys') }} as keys
        on packets.handoff = keys.handoff and packets.subject = keys.subject and packets.cycle = keys.cycle

),

acts as (

    select packets.packet_key, packets.handoff, acts.type, acts.position, acts.order_key, acts.detail, acts.team,
        coalesce(people.person, acts.actor) as actor
    from {{ ref('int_record_acts') }} as acts
    inner join packets
        on acts.handoff = packets.handoff and acts.subject = packets.subject and acts.cycle = packets.cycle
    left join {{ ref('int_person_ids') }} as people on acts.actor = people.id

),

-- One row per deed of somebody nobody knows as a person of any team.
strangers as (

    select deeds.*
    from (
        select actor, position, order_key, type = 'handoff.assigned' as is_owner
        from acts
        where team is null

        union all

        select actor, position, order_key, false
        from {{ ref('int_account_events') }}
        where type = 'account.touched' and actor_team is null and not is_system
            and account in (select account from packets)
    ) as deeds
    where deeds.actor not in (select person from {{ ref('int_persons') }} where team is not null or is_system)

),

first_deeds as (

    select
        actor, coalesce(bool_and(is_owner), false) as is_owner,
        coalesce(
            arg_min(position, order_key) filter (not is_owner), arg_min(position, order_key)
        ) as position
    from strangers
    group by actor

)

select packet_key, null as account, position, 'packet_without_account' as issue,
    'its record is linked with no account: in no figure about accounts' as detail
from packets
where account is null

union all

select distinct packet_key, null, position, 'act_from_snapshot',
    'its system keeps no history of it: dated by when we looked'
from acts
where type != 'handoff.assigned' and {{ is_snapshot('detail') }}

union all

select
    null, null, position,
    case when is_owner then 'unknown_owner' else 'unknown_actor' end,
    'nobody knows this person as one of any team: what they do is no receiver''s and no sender''s'
from first_deeds

union all

select distinct null::bigint, account, position, 'account_not_linked',
    'no link leads from it to an account of another system: its packets and theirs are told apart'
from {{ ref('int_account_links__failed') }}
where not is_conflicting

union all

select distinct null::bigint, account, position, 'conflicting_links',
    'links would make several accounts of one system one: none of them counts; say which is meant in a table'
from {{ ref('int_account_links__failed') }}
where is_conflicting

union all

select distinct keys.packet_key, null, changes.position, 'conflicting_links',
    'links would make several records of one type one: none of them counts'
from {{ ref('int_record_changes') }} as changes
inner join {{ ref('link_map') }} as links
    on links.kind = 'record_id' and changes.source_system = links.source_system
    and changes.object = links.object and changes.property = links.property
left join {{ ref('record_map') }} as types
    on types.handoff != '' and changes.source_system = types.source_system and changes.object = types.object
left join {{ ref('int_packet_keys') }} as keys
    on types.handoff = keys.handoff and changes.record = keys.subject and keys.cycle = 1
anti join {{ ref('int_record_ids') }} as ids
    on changes.source_system = ids.source_system and changes.object = ids.object and changes.record = ids.record
where changes.is_latest and changes.is_usable
