-- What an agent says to the customer: a public comment on a ticket of the organization.

select
    comments._origin, comments._run_id,
    concat_ws(':', comments._origin, 'comment', comments.id::varchar) as id,
    'account.touched' as type, {{ utc('comments.created::varchar') }} as "time",
    'zendesk:' || tickets.organization_id::varchar as account, 'zendesk:' || comments.user_id::varchar as actor,
    'ticket' as object, comments.ticket_id::varchar as subject,
    {{ json_object_of({'kind': "'comment'"}) }} as detail
from {{ raw_rows('fivetran_zendesk', 'ticket_comment', ['ticket_id', 'user_id', 'created', 'public']) }} as comments
inner join {{ raw_rows('fivetran_zendesk', 'ticket', ['organization_id']) }} as tickets
    on comments.ticket_id::varchar = tickets.id::varchar
inner join {{ raw_rows('fivetran_zendesk', 'user', ['role']) }} as users on comments.user_id::varchar = users.id::varchar
where comments._is_new and comments.public::varchar = 'true' and users.role::varchar in ('agent', 'admin')
    and tickets.organization_id is not null
