-- What an agent says to the customer: a public comment. The account is the ticket's organization, else that of who asked.

with users as (

    select id::varchar as id, role::varchar as role, organization_id::varchar as organization_id
    from {{ raw_rows('fivetran_zendesk', 'user', ['role', 'organization_id']) }}

),

answers as (

    select
        comments._origin, comments._run_id, comments.id::varchar as id, {{ utc('comments.created::varchar') }} as touched_at,
        comments.user_id::varchar as user_id,
        coalesce(tickets.organization_id::varchar, askers.organization_id) as organization_id
    from {{ raw_rows('fivetran_zendesk', 'ticket_comment', ['ticket_id', 'user_id', 'created', 'public']) }} as comments
    inner join {{ raw_rows('fivetran_zendesk', 'ticket', ['organization_id', 'requester_id']) }} as tickets
        on comments.ticket_id::varchar = tickets.id::varchar
    inner join users as agents on comments.user_id::varchar = agents.id and agents.role in ('agent', 'admin')
    left join users as askers on tickets.requester_id::varchar = askers.id
    where comments._is_new and comments.public::varchar = 'true'

)

select
    _origin, _run_id,
    concat_ws(':', _origin, 'comment', id) as id,
    'account.touched' as type, touched_at as "time", 'zendesk:' || organization_id as account, 'zendesk:' || user_id as actor,
    {{ json_object_of({'kind': "'comment'"}) }} as detail
from answers
where organization_id is not null
