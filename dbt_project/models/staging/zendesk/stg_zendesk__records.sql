-- Without the tickets that our own desk opened there (flows/desks/zendesk.py), their updates and ratings: they are about packets,
-- and no customer's. The tag of their creation stays in their updates, whoever takes it off and even when they are deleted.

with tagged as (

    select id as subject, {{ json_text('content', 'properties.tags') }} as tags
    from {{ source('raw_zendesk', 'records') }}
    where object = 'ticket' and content like '%seamkeeper%'

    union all by name

    select subject, "value" as tags
    from (
        select {{ json_text('content', 'ticket') }} as subject, {{ json_items("json_extract(content, '$.changes')", ['field', 'value']) }}
        from {{ source('raw_zendesk', 'records') }}
        where object = 'ticket_event' and content like '%seamkeeper%'
    )
    where field = 'tags'

),

ours as (

    select distinct subject
    from tagged
    where regexp_matches(tags, '(^|[\["\s,])seamkeeper($|[\]"\s,])')

)

select records.*
from {{ source('raw_zendesk', 'records') }} as records
anti join ours
    on records.object in ('ticket', 'ticket_event', 'satisfaction_rating')
    and coalesce({{ json_text('records.content', 'ticket') }}, records.id) = ours.subject
