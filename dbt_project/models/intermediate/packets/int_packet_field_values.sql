-- Grain: one row per packet and event that gave a contract field of the packet's version a value, cleaned. `given` says
-- what came: `value`, `none` (attested: there is none), `unreadable` (not of the field's type), or null (blank or a
-- placeholder). Cleaning is ours; whether it is good enough is for the suite.

with events as (

    select
        handoff, subject, cycle, field, "time", sequence, source, id, actor,
        {{ trimmed('value') }} as text,
        case when detail is null then false else coalesce(json_extract_string(detail, '$.evidence') = 'snapshot', false) end
            as is_snapshot
    from {{ ref('int_events') }}
    where type = 'handoff.field_set'

),

fields as (

    select
        handoff, version, field, type,
        from_json(none_values, '["varchar"]') as none_values,
        from_json(choices, '["varchar"]') as choices,
        item != '[]' as has_item,
        from_json(item, '[{"key": "varchar", "type": "varchar", "allowed": ["varchar"]}]') as item
    from {{ ref('contract_fields') }}

),

matched as (

    select
        packets.packet_key, events.* exclude (handoff, subject, cycle),
        fields.type, fields.none_values, fields.choices, fields.item, fields.has_item
    from events
    inner join {{ ref('int_packets') }} as packets
        on events.handoff = packets.handoff and events.subject = packets.subject
        and (events.cycle is null or events.cycle = packets.cycle)
    inner join fields
        on packets.handoff = fields.handoff and packets.contract_version = fields.version
        and events.field = fields.field

),

judged as (

    select
        matched.*,
        case
            when text is null then null
            when len(none_values) > 0 and list_contains(none_values, lower(text)) then 'none'
            when type = 'choice' and list_contains(choices, text) then 'value'
            when {{ is_placeholder('text', 'placeholders') }} then null
            when type = 'list' and {{ is_array('text') }} and json_array_length(text) = 0 then null
            when not coalesce({{ reads_as('type', 'text', 'has_item') }}, false) then 'unreadable'
            else 'value'
        end as given
    from matched
    cross join {{ ref('int_placeholders') }} as placeholders

)

select
    packet_key, field, "time", sequence, source, id, actor, is_snapshot, text, given,
    case when type = 'list' and given = 'value' then {{ countable_items('text', 'item', 'has_item') }} end as items
from judged
