-- Grain: one row per issue with what a packet's own events say: amounts, segments, reasons, decisions and their order in time.

-- What a trigger says and nobody can use.
with triggers as (

    select packets.packet_key, acts.position, packets.amount_issue, packets.has_unknown_segment
    from {{ ref('int_packets') }} as packets
    inner join {{ ref('int_packet_events') }} as acts
        on packets.packet_key = acts.packet_key and packets.trigger_order = acts.order_key
    where packets.amount_issue is not null or packets.has_unknown_segment

),

-- Acts that come before what they answer.
disordered as (

    select
        packet_key, accepted_at, submitted_at,
        accepted_at < triggered_at as is_accepted_before_trigger,
        submitted_at < triggered_at as is_submitted_before_trigger,
        accepted_at < submitted_at as is_accepted_before_submission
    from {{ ref('int_packets__instants') }}
    where accepted_at < triggered_at or submitted_at < triggered_at or accepted_at < submitted_at

),

disorders as (

    select
        disordered.packet_key,
        {{ first_of('acts.position') }} filter (acts.act = 'accepted' and acts.is_counted) as acceptance,
        {{ first_of('acts.position') }} filter (acts.act = 'submitted') as submission,
        any_value(is_accepted_before_trigger) as is_accepted_before_trigger,
        any_value(is_submitted_before_trigger) as is_submitted_before_trigger,
        any_value(is_accepted_before_submission) as is_accepted_before_submission
    from disordered
    inner join {{ ref('int_packet_acts') }} as acts on disordered.packet_key = acts.packet_key
    group by disordered.packet_key

)

select
    packet_key, position, amount_issue as issue,
    case amount_issue
        when 'currency_foreign' then 'not the organisation''s currency, and not converted: the packet has no amount'
        else 'no currency, where this system states one: the packet has no amount'
    end as detail
from triggers
where amount_issue is not null

union all

select packet_key, position, 'unknown_segment', 'not a segment of organisation.yaml: the packet has none'
from triggers
where has_unknown_segment

union all

select packet_key, acceptance, 'accepted_before_trigger', 'accepted before it was triggered'
from disorders
where is_accepted_before_trigger

union all

select packet_key, submission, 'submitted_before_trigger', 'submitted before it was triggered'
from disorders
where is_submitted_before_trigger

union all

select
    packet_key, acceptance, 'accepted_before_submission',
    'accepted before it was submitted: in no figure about how long the receiver took'
from disorders
where is_accepted_before_submission

union all

select
    acts.packet_key, acts.position, 'decision_not_counted',
    case
        when acts.actor is null then 'nobody is named, and the source is not trusted with decisions'
        when acts.is_system then 'decided by a system user'
        when acts.actor = senders.sender then 'decided by the sender'
        when acts.actor_team = packets.contract_sender_team then 'decided by the sending team'
        else 'decided by a team that is not the receiving one'
    end || ': it does not count'
from {{ ref('int_packet_acts') }} as acts
inner join {{ ref('int_packets') }} as packets on acts.packet_key = packets.packet_key
inner join {{ ref('int_packets__senders') }} as senders on acts.packet_key = senders.packet_key
where acts.is_decision and not acts.is_counted

union all

select
    packet_key, position, 'unknown_reason',
    case when reason is null then 'rejected without a reason' else 'not a reason of the closed list' end
    || ': it counts as other'
from {{ ref('int_packet_events') }}
where act = 'rejected' and coalesce(reason not in (select reason from {{ ref('rejection_reasons') }}), true)
