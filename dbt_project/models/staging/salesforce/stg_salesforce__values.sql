-- With it whether the whole history of the field is there: it is tracked, and was before the record began.
with fields as (

    select id as field_id, {{ json_text('content', 'tracked') }} = 'true' as is_tracked
    from {{ source('raw_salesforce', 'records') }}
    where object = 'property'

),

current_values as (

    select
        records._origin, records._run_id, records._pulled_at, records._is_new, records.object, records.id as subject,
        records.changed_at, records.before,
        {{ json_text('content', 'created_at') }}::timestamptz as created_at,
        {{ json_entries('content', 'properties') }}
    from {{ source('raw_salesforce', 'records') }} as records
    semi join {{ ref('stg_salesforce__news') }} as news on records.object = news.object and records.id = news.subject
    where records.object in ('Lead', 'Opportunity', 'Account', 'Contact', 'Case', 'Contract')

),

named as (

    select * exclude (entry), entry.key as field, nullif({{ json_text('entry.value') }}, '') as "value" from current_values

)

select
    named.*,
    coalesce(fields.is_tracked and began.changed_at >= whole.whole_since, false) as is_whole
from named
left join fields on named.object || '.' || named.field = fields.field_id
left join {{ ref('stg_salesforce__wholes') }} as whole on named.object = whole.object and named.field = whole.field
left join (select * from {{ ref('stg_salesforce__histories') }} where field = 'created' and nth = 1) as began
    on named.object = began.object and named.subject = began.subject
