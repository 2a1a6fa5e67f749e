-- A custom field is named by its title, or by its number. What a requester said of a ticket is a property of it.

with told as (

    select
        _origin, _run_id, _is_new, 'ticket' as object, ticket_id::varchar as subject, field_name as told_field,
        {{ utc('updated::varchar') }} as changed_at, "value"::varchar as "value", user_id::varchar as changed_by
    from {{ raw_rows('fivetran_zendesk', 'ticket_field_history',
        ['ticket_id', 'field_name', 'updated', 'value', 'user_id'], current=false) }}

    union all

    select
        _origin, _run_id, _is_new, 'ticket' as object, ticket_id::varchar as subject, 'satisfaction' as told_field,
        {{ utc('coalesce(updated_at::varchar, created_at::varchar)') }} as changed_at, score::varchar as "value",
        requester_id::varchar as changed_by
    from {{ raw_rows('fivetran_zendesk', 'satisfaction_rating',
        ['ticket_id', 'score', 'requester_id', 'created_at', 'updated_at'], current=false) }}
    where score::varchar not in ('offered', 'unoffered')

),

fields as (

    select distinct told.told_field, wanted.property as field
    from (select distinct told_field from told) as told
    inner join {{ source('raw_fivetran_zendesk', 'wanted') }} as wanted
        on wanted.object = 'ticket'
        and (
            {{ name_key('told.told_field') }} in ({{ name_key('wanted.property') }}, 'custom' || {{ name_key('wanted.property') }})
            or 'custom' || {{ name_key('told.told_field') }} = {{ name_key('wanted.property') }}
        )

)

select
    told.* exclude (told_field, changed_by), fields.field,
    'zendesk:' || changed_by as actor
from told
inner join fields on told.told_field = fields.told_field
