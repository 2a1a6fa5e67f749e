-- Grain: one row per handoff and change of a record by which an act on its packet shows. What was written again, and is no
-- change, is none. An owner's team is theirs at that time; the receiving team is that of the version in force then.

with mapped as (

    select
        map.handoff, map.event, map.form, coalesce(subjects.subject, changes.record) as subject,
        changes.* exclude (folded, folded_before, is_usable, is_usable_before),
        case when map.form in ('receiver', 'owner') then changes.source_system || ':' || changes.value end as owner_id,
        changes.folded_before is not null as has_value_before
    from {{ ref('int_record_changes') }} as changes
    inner join {{ ref('event_map') }} as map
        on changes.source_system = map.source_system and changes.object = map.object
        and changes.property = map.property
    left join {{ ref('int_record_subjects') }} as subjects
        on map.handoff = subjects.handoff and changes.source_system = subjects.source_system
        and changes.object = subjects.object and changes.record = subjects.record
    where map.handoff != ''
        and case map.form
            when 'value' then changes.folded = map.value and changes.folded_before is distinct from map.value
            when 'set' then changes.is_usable and not changes.is_usable_before
            else changes.is_usable and changes.folded is distinct from changes.folded_before
        end

),

owned as (

    select
        mapped.position, mapped.handoff, mapped.event, mapped.form,
        coalesce(people.person, mapped.owner_id) as owner, persons.team as owner_team,
        contract.sender_team, contract.receiver_team
    from mapped
    cross join {{ ref('organisation') }} as organisation
    left join {{ ref('int_person_ids') }} as people on mapped.owner_id = people.id
    left join {{ ref('int_persons') }} as persons
        on coalesce(people.person, mapped.owner_id) = persons.person
        and mapped."time" >= persons.since and mapped."time" < persons.until
    asof left join {{ ref('contract_versions') }} as in_force
        on mapped.handoff = in_force.handoff
        and {{ local_day('mapped."time"', 'organisation.zone') }} >= in_force.effective_from
    inner join {{ ref('contract_versions') }} as contract
        on mapped.handoff = contract.handoff
        and (contract.version = in_force.version or (in_force.version is null and contract.is_first))
    where mapped.owner_id is not null

)

select
    mapped.* exclude (owner_id, has_value_before, actor, team),
    -- who owns a record from now on is who the assignment is of, whoever made it
    case when mapped.event = 'handoff.assigned' then owned.owner else mapped.actor end as actor,
    case
        when mapped.event != 'handoff.assigned' then mapped.team
        when owned.owner_team in (owned.sender_team, owned.receiver_team) then owned.owner_team
    end as team
from mapped
left join owned
    on mapped.position = owned.position and mapped.handoff = owned.handoff
    and mapped.event = owned.event and mapped.form = owned.form
where mapped.form != 'receiver'
    -- where a team hands over to itself, a first owner is none who took over
    or (owned.owner_team = owned.receiver_team and (mapped.has_value_before or owned.sender_team != owned.receiver_team))
