-- Grain: one row per record that is known to be the same as one of another system, because the one holds the id of the
-- other: `same` names all of them. A link that would make two records of one type one is none.

with claims as (

    select
        changes.source_system, changes.object, changes.record, links.target_system, links.target_object,
        changes.value as target,
        {{ record_node('changes.source_system', 'changes.object', 'changes.record') }} as a,
        {{ record_node('links.target_system', 'links.target_object', 'changes.value') }} as b
    from {{ ref('int_record_changes') }} as changes
    inner join {{ ref('link_map') }} as links
        on changes.source_system = links.source_system and changes.object = links.object
        and changes.property = links.property
    where changes.is_latest and changes.is_usable and links.kind = 'record_id'

),

edges as (

    select a, b from claims
    union
    select b, a from claims

),

{{ connected('same', 'edges') }},

nodes as (

    select a as node, source_system, object, record from claims
    union
    select b, target_system, target_object, target from claims

),

clear as (

    select same_4.label
    from same_4
    inner join nodes on same_4.node = nodes.node
    group by same_4.label
    having count(*) = count(distinct (nodes.source_system, nodes.object))

)

select nodes.source_system, nodes.object, nodes.record, same_4.label as same
from same_4
semi join clear on same_4.label = clear.label
inner join nodes on same_4.node = nodes.node
