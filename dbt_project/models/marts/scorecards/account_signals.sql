-- Grain: one row per shared signal that an account gave and motion it was in by then: what which team does there. A motion that
-- organisation.yaml does not know has no action, and an account in no motion one row without: nothing is lost.

with given as (

    select position, account, value as signal, "time" as happened_at, actor
    from {{ ref('int_account_events') }}
    where type = 'account.milestone' and account is not null and value in (select signal from {{ ref('signal_actions') }})

)

select
    given.account, given.signal, given.happened_at, motions.motion, actions.team, actions.action, given.actor,
    told.source as event_source, told.id as event_id,
    context.run_id, context.as_of
from given
inner join {{ source('ledger', 'events') }} as told on given.position = told.position
cross join {{ source('ops', 'run_context') }} as context
left join {{ ref('int_account_motions') }} as motions
    on given.account = motions.account and motions.since <= given.happened_at
left join {{ ref('signal_actions') }} as actions
    on given.signal = actions.signal and motions.motion = actions.motion
