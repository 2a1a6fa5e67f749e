-- The account is the ticket's organization, else that of who asked.

with answers as (

    select updates.*
    from {{ ref('stg_zendesk__updates') }} as updates
    semi join (
        select id from {{ ref('stg_zendesk__records') }}
        where object = 'user' and {{ json_text('content', 'role') }} in ('agent', 'admin')
    ) as agents on updates.user_id = agents.id
    where updates.is_answer

),

placed as (

    select
        answers._origin, answers._run_id, answers.update_id, answers.updated_at, answers.user_id,
        coalesce(
            {{ json_text('tickets.content', 'properties.organization_id') }}, {{ json_text('askers.content', 'organization') }}
        ) as organization_id
    from answers
    inner join {{ ref('stg_zendesk__records') }} as tickets on tickets.object = 'ticket' and answers.subject = tickets.id
    left join {{ ref('stg_zendesk__records') }} as askers
        on askers.object = 'user' and {{ json_text('tickets.content', 'properties.requester_id') }} = askers.id

)

select
    _origin, _run_id,
    concat_ws(':', _origin, 'ticket_event', update_id, 'answer') as id,
    'account.touched' as type, updated_at as "time", 'zendesk:' || organization_id as account, 'zendesk:' || user_id as actor,
    {{ json_object_of({'kind': "'comment'"}) }} as detail
from placed
where organization_id is not null
