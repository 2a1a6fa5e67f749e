-- Grain: one row per crossing of an account between motions (handoff numbered H06) whose work moved and whose packet says, as
-- of now, until when the account is to be one relationship again (its field `reunification_due_on`), unless its
-- `reunification_trigger` attests that there is none.
--
-- The account is one again while exactly one person is its primary owner, on more than the motion it moved to: on another
-- one, too, or for the whole account. It was re-unified when that first began after the move; if it was so at the move and
-- has been ever since, nobody ever split it. The next crossing of the account takes the place of this one.

with dues as (

    select
        packet_fields.packet_key,
        any_value({{ as_date('packet_fields.text') }})
            filter (contract.field = 'reunification_due_on' and contract.type = 'date') as due_on,
        bool_or(contract.field = 'reunification_trigger' and packet_fields.given = 'none') as is_attested_none
    from {{ ref('int_packet_fields__as_of') }} as packet_fields
    inner join {{ ref('int_contract_fields') }} as contract on packet_fields.field_key = contract.field_key
    where packet_fields.at_now and packet_fields.given in ('value', 'none')
        and contract.field in ('reunification_trigger', 'reunification_due_on')
    group by packet_fields.packet_key

),

moved as (

    select
        transfers.*,
        lead(transitioned_at) over (partition by account order by transitioned_at, packet_id) as superseded_at
    from {{ ref('int_transfers') }} as transfers
    where transitioned_at is not null

),

agreed as (

    select moved.*, dues.due_on, {{ end_of_day('organisation.zone', 'dues.due_on') }} as due_at
    from moved
    inner join dues on moved.packet_key = dues.packet_key
    cross join {{ ref('organisation') }} as organisation
    where dues.due_on is not null and not dues.is_attested_none

),

segments as (

    select
        agreed.packet_key, agreed.transitioned_at, relationships.from_at, relationships.owners is not null as is_observed,
        coalesce(len(relationships.owners) = 1, false) and (
            list_contains(relationships.motions, 'all')
            or len(list_filter(relationships.motions, lambda motion: motion is distinct from agreed.motion))
                > case when agreed.motion is null then 1 else 0 end
        ) as is_one
    from agreed
    inner join {{ ref('int_relationships') }} as relationships
        on agreed.account = relationships.account
        and relationships.until_at > agreed.transitioned_at
        and relationships.from_at <= coalesce(agreed.superseded_at, 'infinity'::timestamptz)

),

changes as (

    select *, coalesce(lag(is_one) over (partition by packet_key order by from_at), false) as was_one
    from segments

),

seen as (

    select
        packet_key,
        case
            when bool_and(is_one) and min(from_at) <= any_value(transitioned_at) then any_value(transitioned_at)
            else min(from_at) filter (is_one and not was_one and from_at >= transitioned_at)
        end as reunified_at,
        bool_or(is_observed) as is_observed
    from changes
    group by packet_key

),

judged as (

    select
        agreed.*, seen.reunified_at,
        case
            when seen.reunified_at <= agreed.due_at then 'reunified'
            when seen.reunified_at is not null then 'reunified_late'
            when agreed.superseded_at is not null then 'superseded'
            when accounts.churned_at <= context.as_of then 'account_left'
            when not coalesce(seen.is_observed, false) then 'unobservable'
            when agreed.due_at < context.as_of then 'overdue'
            else 'open'
        end as state,
        least(seen.reunified_at, agreed.superseded_at, accounts.churned_at, context.as_of) as ended_at,
        gone.person is null as is_receiver_there, teams.lead as receiver_lead,
        context.run_id, context.as_of
    from agreed
    cross join {{ source('ops', 'run_context') }} as context
    left join seen on agreed.packet_key = seen.packet_key
    left join {{ ref('int_accounts') }} as accounts
        on agreed.account = accounts.account and not accounts.has_churn_before_start
    left join {{ ref('int_persons__gone') }} as gone on agreed.receiver = gone.person
    left join {{ ref('int_teams__there') }} as teams on agreed.receiver_team = teams.team

)

select
    packet_id, handoff, account, motion, transitioned_at as moved_at, due_on, due_at, reunified_at, state,
    case when state != 'unobservable' then greatest({{ hours_between('due_at', 'ended_at') }}, 0) end as hours_late,
    -- who has gone cannot bring it back, and nobody must not be asked
    coalesce(case when is_receiver_there then receiver end, receiver_lead, receiver_fallback, receiver_team) as owner,
    receiver_team as owner_team,
    run_id, as_of
from judged
