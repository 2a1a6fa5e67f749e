-- Grain: one row per packet and event that gave a contract field of the packet's version a value, cleaned. `given` says
-- what came: `value`, `none` (attested: there is none), `unreadable` (not of the field's type), `forgotten` (taken out of
-- history: it counts as given when, and as neither valid nor missing), or null (blank or a placeholder). Cleaning is ours;
-- whether it is good enough is for the suite.

with events as (

    select
        handoff, subject, cycle, field, "time", order_key, coalesce(ids.person, actor) as actor, team,
        {{ trimmed('value') }} as text,
        {{ is_snapshot('detail') }} as is_snapshot,
        {{ is_forgotten('detail') }} as is_forgotten
    from {{ ref('int_events') }}
    left join {{ ref('int_person_ids') }} as ids on actor = ids.id
    where type = 'handoff.field_set'

),

matched as (

    select
        packets.packet_key, fields.field_key, events."time", events.order_key, events.actor, events.team, events.text,
        events.is_snapshot, events.is_forgotten,
        fields.type, fields.item,
        case when length(events.text) <= fields.longest_none then {{ folded('events.text') }} end as folded,
        fields.type = 'list' and {{ is_array('events.text') }} as is_array
    from events
    inner join {{ ref('int_packets') }} as packets
        on events.handoff = packets.handoff and events.subject = packets.subject
        and (events.cycle is null or events.cycle = packets.cycle)
    inner join {{ ref('int_contract_fields') }} as fields
        on packets.handoff = fields.handoff and packets.contract_version = fields.version
        and events.field = fields.field

),

read as (

    select
        matched.*,
        case
            when text is null then null
            when is_forgotten then 'forgotten'
            when attested.word is not null then 'none'
            when allowed.word is not null then 'value'
            when {{ is_placeholder('text', 'placeholders') }} then null
            when type in ('text', 'choice') then 'value'
            when is_array and json_array_length(text) = 0 then null
            when type = 'list' then case when is_array or item = '[]' then 'value' else 'unreadable' end
            when coalesce({{ reads_as('type', 'text') }}, false) then 'value'
            else 'unreadable'
        end as given
    from matched
    cross join {{ ref('int_placeholders') }} as placeholders
    left join {{ ref('int_field_words') }} as attested
        on matched.field_key = attested.field_key and matched.folded = attested.word and attested.means = 'none'
    left join {{ ref('int_field_words') }} as allowed
        on matched.field_key = allowed.field_key and matched.text = allowed.word and allowed.means = 'choice'

)

select
    packet_key, field_key, "time", order_key, actor, team, is_snapshot, text, given,
    case when type = 'list' and given = 'value' then {{ countable_items('text', 'is_array', 'item', 'placeholders') }} end as items
from read
cross join {{ ref('int_placeholders') }} as placeholders
