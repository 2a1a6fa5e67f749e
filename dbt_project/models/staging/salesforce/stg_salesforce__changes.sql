-- What a field held before its first change it held since the record began; without a change, what it holds now. Neither is
-- said where rows are missing: Salesforce cuts history off, and keeps none from before it was turned on.

with beginnings as (

    select object, subject, changed_at as began_at, actor as began_by
    from {{ ref('stg_salesforce__histories') }}
    where field = 'created' and nth = 1

),

firsts as (

    select object, subject, field, old_value as "value"
    from {{ ref('stg_salesforce__histories') }}
    where nth = 1 and field != 'created'

    union all

    select told.object, told.subject, told.field, told."value"
    from {{ ref('stg_salesforce__values') }} as told
    anti join {{ ref('stg_salesforce__histories') }} as histories
        on told.object = histories.object and told.subject = histories.subject and told.field = histories.field
    where told.is_tracked

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, history_id) as id,
    'record.changed' as type, changed_at as "time", object, subject, field, new_value as "value", actor, null as detail
from {{ ref('stg_salesforce__histories') }}
where _is_new and is_told and field != 'created'

union all by name

select
    news._origin, news._run_id,
    concat_ws(':', news._origin, firsts.object, firsts.subject, firsts.field, 'created') as id,
    'record.changed' as type, beginnings.began_at as "time", firsts.object, firsts.subject, firsts.field, firsts."value",
    beginnings.began_by as actor, null as detail
from firsts
inner join {{ ref('stg_salesforce__news') }} as news on firsts.object = news.object and firsts.subject = news.subject
inner join beginnings on firsts.object = beginnings.object and firsts.subject = beginnings.subject
where firsts."value" is not null
