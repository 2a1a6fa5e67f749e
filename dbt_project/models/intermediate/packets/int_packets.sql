-- Grain: one row per packet with its first trigger, submission and crossing, what its trigger says of it, and the contract
-- version in force on its trigger day. An amount in another currency, or in none where others are stated, is no amount, and a
-- segment that the organisation does not know is none: both are data issues.

with acts as (

    select
        packet_key,
        min(order_key) filter (act = 'triggered') as trigger_order,
        min("time") filter (act = 'triggered') as first_trigger_at,
        min("time") filter (act = 'submitted') as submitted_at,
        min("time") filter (act = 'crossed') as crossed_at,
        min("time") filter (act in ('submitted', 'accepted', 'rejected', 'crossed')) as first_act_at,
        {{ first_of('account') }} as account,
        {{ first_of('actor') }} filter (act = 'submitted' and not is_system) as submission_actor,
        {{ of_the_first('actor_team') }} filter (act = 'submitted' and not is_system and actor is not null) as submission_team
    from {{ ref('int_packet_events') }}
    group by packet_key

),

triggered as (

    select
        acts.* exclude (first_trigger_at, first_act_at) replace (coalesce(ids.account, acts.account) as account),
        keys.handoff, keys.subject, keys.cycle,
        coalesce(first_trigger_at, first_act_at) as triggered_at,
        {{ local_day('coalesce(first_trigger_at, first_act_at)', 'organisation.zone') }} as triggered_on,
        trigger.motion,
        {{ finite('trigger.value') }} as stated_amount,
        trigger.system,
        {{ currency('trigger.detail') }} as stated_currency,
        json_extract_string(trigger.detail, '$.name') as subject_name,
        json_extract_string(trigger.detail, '$.url') as record_url,
        json_extract_string(trigger.detail, '$.segment') as stated_segment,
        organisation.currency, organisation.segments != '[]' as are_segments_known,
        case when not trigger.is_system then trigger.actor end as trigger_actor,
        case when not trigger.is_system then trigger.actor_team end as trigger_team
    from acts
    inner join {{ ref('int_packet_keys') }} as keys on acts.packet_key = keys.packet_key
    cross join {{ ref('organisation') }} as organisation
    left join {{ ref('int_account_ids') }} as ids on acts.account = ids.account_id
    left join {{ ref('int_packet_events') }} as trigger
        on acts.packet_key = trigger.packet_key and acts.trigger_order = trigger.order_key

),

-- A system that never states a currency means the organisation's; one that does and once leaves it out means nothing.
stating as (

    select distinct system, true as states_currency
    from triggered
    where stated_currency != '' and stated_amount is not null

),

segments as (

    select unnest(from_json(segments, '["varchar"]')) as segment
    from {{ ref('organisation') }}

),

trusted as (

    select
        triggered.* exclude (stated_amount, stated_currency, stated_segment, system, currency, are_segments_known),
        case
            when stated_amount is null then null
            when stated_currency != '' and stated_currency != currency then 'currency_foreign'
            when stated_currency = '' or (stated_currency is null and stating.states_currency) then 'currency_missing'
        end as amount_issue,
        case when amount_issue is null then stated_amount end as amount,
        coalesce(are_segments_known and stated_segment != '' and known.segment is null, false) as has_unknown_segment,
        case when not has_unknown_segment then nullif(stated_segment, '') end as segment
    from triggered
    left join stating on triggered.system = stating.system
    left join segments as known on triggered.stated_segment = known.segment

),

versioned as (

    select
        trusted.*,
        coalesce(in_force.version, first_version.version) as contract_version,
        in_force.version is null as is_baseline
    from trusted
    asof left join {{ ref('contract_versions') }} as in_force
        on trusted.handoff = in_force.handoff and trusted.triggered_on >= in_force.effective_from
    inner join {{ ref('contract_versions') }} as first_version
        on trusted.handoff = first_version.handoff and first_version.is_first

),

clocked as (

    select
        versioned.handoff || ':' || versioned.subject || ':' || versioned.cycle as packet_id,
        versioned.*,
        contract.sender_team as contract_sender_team,
        contract.receiver_team as contract_receiver_team,
        contract.calendar, contract.submit_hours, contract.accept_hours, contract.expires_after_days
    from versioned
    inner join {{ ref('contract_versions') }} as contract
        on versioned.handoff = contract.handoff and versioned.contract_version = contract.version

),

submit_deadlines as (

    {{ deadlines('clocked', 'packet_key', 'triggered_at', 'submit_hours', 'calendar') }}

)

select clocked.*, submit_deadlines.due_at as submit_due_at
from clocked
inner join submit_deadlines on clocked.packet_key = submit_deadlines.packet_key
