-- Zendesk's own machinery changes fields as user -1, who is no person. A custom field is named by its title.

with told as (

    select
        _origin, _run_id, _is_new, 'ticket' as object, ticket_id::varchar as subject, field_name as told_field,
        {{ utc('updated::varchar') }} as changed_at, "value"::varchar as "value", user_id::varchar as changed_by
    from {{ raw_rows('fivetran_zendesk', 'ticket_field_history',
        ['ticket_id', 'field_name', 'updated', 'value', 'user_id'], current=false) }}

),

fields as (

    select distinct told.told_field, wanted.property as field
    from (select distinct told_field from told) as told
    inner join {{ source('raw_fivetran_zendesk', 'wanted') }} as wanted
        on wanted.object = 'ticket'
        and {{ name_key('told.told_field') }} in ({{ name_key('wanted.property') }}, 'custom' || {{ name_key('wanted.property') }})

)

select
    told.* exclude (told_field, changed_by), fields.field,
    case when changed_by != '-1' then 'zendesk:' || changed_by end as actor
from told
inner join fields on told.told_field = fields.told_field
