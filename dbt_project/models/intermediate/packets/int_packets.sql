-- Grain: one row per packet with its first trigger, submission and crossing, what its trigger says of it, and the contract
-- version in force on its trigger day.

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
        {{ first_of('actor_team') }} filter (act = 'submitted' and not is_system) as submission_team
    from {{ ref('int_packet_events') }}
    group by packet_key

),

triggered as (

    select
        acts.* exclude (trigger_order, first_trigger_at, first_act_at),
        keys.handoff, keys.subject, keys.cycle,
        coalesce(first_trigger_at, first_act_at) as triggered_at,
        {{ local_day('coalesce(first_trigger_at, first_act_at)', 'organisation.zone') }} as triggered_on,
        trigger.motion,
        try_cast(trigger.value as double) as amount,
        json_extract_string(trigger.detail, '$.name') as subject_name,
        json_extract_string(trigger.detail, '$.url') as record_url,
        json_extract_string(trigger.detail, '$.segment') as segment,
        case when not trigger.is_system then trigger.actor end as trigger_actor,
        case when not trigger.is_system then trigger.actor_team end as trigger_team
    from acts
    inner join {{ ref('int_packet_keys') }} as keys on acts.packet_key = keys.packet_key
    cross join {{ ref('organisation') }} as organisation
    left join {{ ref('int_packet_events') }} as trigger
        on acts.packet_key = trigger.packet_key and acts.trigger_order = trigger.order_key

),

versioned as (

    select
        triggered.*,
        coalesce(in_force.version, first_version.version) as contract_version,
        in_force.version is null as is_baseline
    from triggered
    asof left join {{ ref('contract_versions') }} as in_force
        on triggered.handoff = in_force.handoff and triggered.triggered_on >= in_force.effective_from
    inner join {{ ref('contract_versions') }} as first_version
        on triggered.handoff = first_version.handoff and first_version.is_first

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
