-- Grain: one row per change of an account's record by which a start, a churn, its revenue, a primary owner or a signal shows,
-- in the event columns.

select
    changes.position, changes.origin, null::varchar as id, changes.source_system as source, map.event as type, changes."time",
    null::bigint as sequence, changes.source_system || ':' || changes.record as account, null::varchar as motion,
    null::varchar as object, null::varchar as handoff, null::varchar as subject, 1::integer as cycle, null::varchar as field,
    case when map.form = 'any' then changes.value end as value,
    changes.actor, changes.team, null::varchar as reason, null::varchar as detail,
    changes.order_key + {{ act_rank('map.event') }} as order_key
from {{ ref('int_record_changes') }} as changes
inner join {{ ref('event_map') }} as map
    on changes.source_system = map.source_system and changes.object = map.object and changes.property = map.property
where coalesce(map.handoff, '') = ''
    and case map.form
        when 'value' then changes.folded = map.value and changes.folded_before is distinct from map.value
        when 'set' then changes.is_usable and not changes.is_usable_before
        else {{ finite('changes.value') }} is not null and changes.folded is distinct from changes.folded_before
    end

union all

select
    changes.position, changes.origin, null, changes.source_system, map.event, changes."time",
    null, changes.source_system || ':' || changes.record, null, null, null, null, 1, null,
    case when map.form != 'owner' then map.says end,
    case
        when map.form != 'owner' then changes.actor
        when changes.is_usable then changes.source_system || ':' || changes.value -- who owns it, whoever said so
    end,
    case when map.form != 'owner' then changes.team end,
    null,
    {{ json_object_of({
        'motion': "case when map.form = 'owner' then map.says end",
        'evidence': "case when changes.is_snapshot then 'snapshot' end",
    }) }},
    changes.order_key + {{ act_rank('map.event') }}
from {{ ref('int_record_changes') }} as changes
inner join {{ ref('account_map') }} as map
    on changes.source_system = map.source_system and changes.object = map.object and changes.property = map.property
where case map.form
        when 'value' then changes.folded = map.value and changes.folded_before is distinct from map.value
        when 'set' then changes.is_usable and not changes.is_usable_before
        else changes.folded is distinct from changes.folded_before
    end
