-- Grain: one row per packet (handoff × subject × cycle) with its first trigger, submission and crossing, and the contract
-- version in force on its trigger day. A packet exists from its first trigger, submission, decision or crossing: an
-- assignment or a field alone makes none.

with acts as (

    select
        handoff, subject, cycle,
        min("time") filter (act = 'triggered') as first_trigger_at,
        min("time") filter (act = 'submitted') as submitted_at,
        min("time") filter (act = 'crossed') as crossed_at,
        min("time") filter (act in ('submitted', 'accepted', 'rejected', 'crossed')) as first_act_at,
        {{ first_of('account') }} as account,
        {{ first_of('motion') }} filter (act = 'triggered') as motion,
        {{ last_of('try_cast(value as double)') }} filter (act = 'triggered') as amount,
        {{ last_of("json_extract_string(detail, '$.name')") }} filter (act = 'triggered') as subject_name,
        {{ last_of("json_extract_string(detail, '$.url')") }} filter (act = 'triggered') as record_url,
        {{ last_of("json_extract_string(detail, '$.segment')") }} filter (act = 'triggered') as segment,
        {{ first_of('actor') }} filter (act = 'triggered' and not is_system) as trigger_actor,
        {{ first_of('actor_team') }} filter (act = 'triggered' and not is_system) as trigger_team,
        {{ first_of('actor') }} filter (act = 'submitted' and not is_system) as submission_actor,
        {{ first_of('actor_team') }} filter (act = 'submitted' and not is_system) as submission_team
    from {{ ref('int_packet_events') }}
    group by handoff, subject, cycle
    having count(*) filter (act in ('triggered', 'submitted', 'accepted', 'rejected', 'crossed')) > 0

),

triggered as (

    select
        acts.*,
        coalesce(first_trigger_at, first_act_at) as triggered_at,
        {{ local_day('coalesce(first_trigger_at, first_act_at)', 'organisation.zone') }} as triggered_on
    from acts
    cross join {{ ref('organisation') }} as organisation

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

keyed as (

    select
        row_number() over () as packet_key, -- for joins within this run only; the public key is packet_id
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

    {{ deadlines('keyed', 'packet_key', 'triggered_at', 'submit_hours', 'calendar') }}

)

select keyed.* exclude (first_trigger_at, first_act_at), submit_deadlines.due_at as submit_due_at
from keyed
inner join submit_deadlines on keyed.packet_key = submit_deadlines.packet_key
