-- Grain: one row per packet, with all that its figures are made of: instants, verdicts, what came after the acceptance, and
-- the days of the organisation that place it in periods. `is_counted`: neither void nor withdrawn. Decisions count from
-- when the contract says they are recorded, but for packets of which nobody could read one (`is_undecidable`).

with faults as (

    select packet_key, count(*) as fault_count
    from {{ source('judged', 'contract_failures') }}
    where moment = 'transition'
    group by packet_key

),

-- In one row: a join on ranges would compare every packet with every band, one by one.
bands as (

    select list({'name': name, 'below': below::double} order by position) as bands from {{ ref('amount_bands') }}

),

contracts as (

    select handoff, version, number, decisions_from from {{ ref('contract_versions') }}

),

joined as (

    select
        packets.* replace (
            case when not coalesce(unread.are_decisions_unread, false) then packets.is_sla_breach end as is_sla_breach,
            case when not coalesce(unread.are_decisions_unread, false) then packets.is_accepted_within_sla end
                as is_accepted_within_sla,
            case when not coalesce(unread.are_moves_unread, false) then packets.is_dropped end as is_dropped
        ),
        case
            when packets.amount is not null
                then list_filter(bands.bands, lambda band: coalesce(packets.amount < band.below, true))[1].name
        end as amount_band,
        contracts.number as handoff_number,
        coalesce(packets.triggered_on >= contracts.decisions_from, false) as is_decided_by_contract,
        is_decided_by_contract and coalesce(unread.are_decisions_unread, false) as is_undecidable,
        is_decided_by_contract and not is_undecidable as has_recorded_decisions,
        verdicts.* exclude (packet_key),
        case when verdicts.observable_weight is not null then coalesce(verdicts.valid_share, 0) end as completeness_score,
        case when unjudged.packet_key is null then coalesce(faults.fault_count, 0) end as fault_count,
        touches.first_touch_at, touches.team_touched_at,
        reasks.examined_at, reasks.reasked_at,
        coalesce(reasks.is_rediscovered_by_receiver, false) as is_rediscovered_by_receiver,
        coalesce(reasks.is_rediscovered_by_sender, false) as is_rediscovered_by_sender,
        organisation.zone,
        packets.status not in ('void', 'withdrawn') as is_counted
    from {{ ref('int_packets__instants') }} as packets
    cross join {{ ref('organisation') }} as organisation
    inner join contracts on packets.handoff = contracts.handoff and packets.contract_version = contracts.version
    cross join bands
    left join {{ ref('int_packets__unread') }} as unread on packets.packet_key = unread.packet_key
    left join {{ ref('int_packets__verdicts') }} as verdicts on packets.packet_key = verdicts.packet_key
    left join faults on packets.packet_key = faults.packet_key
    left join {{ ref('int_packets__unjudged') }} as unjudged
        on packets.packet_key = unjudged.packet_key and unjudged.moment = 'transition'
    left join {{ ref('int_packets__first_touches') }} as touches on packets.packet_key = touches.packet_key
    left join {{ ref('int_packets__reasks') }} as reasks on packets.packet_key = reasks.packet_key

)

select
    * exclude (zone, is_decided_by_contract),
    case
        when settled_at is null then null
        else settled_as = 'accepted'
            and coalesce(reopened_at > accepted_at + {{ thirty_days() }}, true)
            and reasked_at is null
    end as is_clean,
    case when accepted_at is not null then reasked_at is not null end as is_rediscovered,
    {% for instant, day in {
        'transitioned_at': 'transitioned_on', 'settled_at': 'settled_on', 'decided_at': 'decided_on',
        'clock_started_at': 'clock_started_on', 'accepted_at': 'accepted_on',
        'least(clock_stopped_at, accept_due_at)': 'clock_ended_on', 'expires_at': 'expires_on',
    }.items() %}
    {{ local_day(instant, 'zone') }} as {{ day }}{{ ',' if not loop.last }}
    {% endfor %}
from joined
