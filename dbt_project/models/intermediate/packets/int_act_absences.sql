-- Grain: handoff × contract version × act × span of time in which nobody could read the act: its properties were not there
-- (int_handoff_absences), and nobody told it otherwise. Acts come as events, too, and decisions from this very tool: from the
-- trigger of the packet on whose act was told first, they count as recorded again.

with absences as (

    select * from {{ ref('int_handoff_absences') }} where kind = 'act'

),

told as (

    select packets.handoff, packets.triggered_at, acts.act, acts."time", acts.order_key
    from {{ ref('int_packet_events') }} as acts
    inner join {{ ref('int_packets') }} as packets on acts.packet_key = packets.packet_key
    left join {{ ref('int_packet_acts') }} as decisions
        on acts.position = decisions.position and acts.packet_key = decisions.packet_key and acts.act = decisions.act
    semi join {{ ref('int_events__told') }} as events
        on acts.position = events.position and 'handoff.' || acts.act = events.type
    where packets.handoff in (select handoff from absences) and (decisions.is_counted or acts.act not in ('accepted', 'rejected'))

),

ends as (

    select
        absences.handoff, absences.version, absences.name, absences.gone_at,
        {{ first_of('told.triggered_at') }} as told_from
    from absences
    inner join told
        on absences.handoff = told.handoff
        -- who tells the one decision tells the other
        and (absences.name = told.act or (absences.name in ('accepted', 'rejected') and told.act in ('accepted', 'rejected')))
        and told."time" >= absences.gone_at and told."time" < absences.back_at
    group by absences.handoff, absences.version, absences.name, absences.gone_at

)

select
    absences.handoff, absences.version, absences.name as act, absences.said, absences.gone_at,
    least(absences.back_at, ends.told_from) as back_at
from absences
left join ends using (handoff, version, name, gone_at)
where ends.told_from is null or ends.told_from > absences.gone_at
