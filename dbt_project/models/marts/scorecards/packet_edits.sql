-- Grain: one row per packet × field × change after the acceptance: what was tidied up, and by whom. Only what is usable, or
-- was, can change; blanks, placeholders and what cannot be read are all the same nothing. No values: they may be personal
-- data.

with edited as (

    select distinct given.packet_key, given.field_key, packets.accepted_at
    from {{ ref('int_packet_field_values') }} as given
    inner join {{ ref('int_packets__instants') }} as packets on given.packet_key = packets.packet_key
    where given."time" > packets.accepted_at

),

-- Of several values at one instant the last one stood.
stood as (

    select
        given.packet_key, given.field_key, given."time", given.order_key, given.actor, given.team, given.is_snapshot,
        edited.accepted_at,
        case when given.given in ('value', 'none', 'forgotten') then given.text end as usable
    from {{ ref('int_packet_field_values') }} as given
    inner join edited on given.packet_key = edited.packet_key and given.field_key = edited.field_key
    qualify lead(given."time") over (
        partition by given.packet_key, given.field_key order by given.order_key
    ) is distinct from given."time"

),

histories as (

    select
        *,
        lag(usable) over history as usable_before,
        row_number() over history = 1 as is_first
    from stood
    window history as (partition by packet_key, field_key order by order_key)

)

select
    packets.packet_id, packets.handoff, fields.field,
    histories."time" as edited_at,
    histories.actor as edited_by,
    coalesce(histories.team, persons.team) as edited_by_team,
    case
        when histories.usable_before is null then 'filled'
        when histories.usable is null then 'cleared'
        else 'changed'
    end as kind,
    {{ hours_between('histories.accepted_at', 'histories."time"') }} as hours_after_acceptance,
    context.run_id, context.as_of
from histories
cross join {{ source('ops', 'run_context') }} as context
inner join {{ ref('int_packets__instants') }} as packets on histories.packet_key = packets.packet_key
inner join {{ ref('int_contract_fields') }} as fields on histories.field_key = fields.field_key
left join {{ ref('int_persons') }} as persons
    on histories.actor = persons.person and histories."time" >= persons.since and histories."time" < persons.until
where histories."time" > histories.accepted_at
    and histories.usable is distinct from histories.usable_before
    -- what a source without history shows us for the first time may have stood there all along
    and not (histories.is_first and histories.is_snapshot)
