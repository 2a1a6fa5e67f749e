-- What a field held before its first change it held since the record began; without a change, what it holds now. That is only so
-- where the field's history is whole since before the record began. Elsewhere rows may be missing: Salesforce cuts history off,
-- keeps none from before it was turned on, and we keep the row `created` when it no longer does. Then what stood there is only
-- known just before the first row that is left: a snapshot, so that the time before is unobservable and nothing is missing in it.

with beginnings as (

    select began.object, began.subject, whole.field, began.changed_at as began_at, began.actor as began_by
    from {{ ref('stg_salesforce__histories') }} as began
    inner join {{ ref('stg_salesforce__wholes') }} as whole
        on began.object = whole.object and began.changed_at >= whole.whole_since
    where began.field = 'created' and began.nth = 1

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
    where told.is_whole

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
inner join beginnings
    on firsts.object = beginnings.object and firsts.subject = beginnings.subject and firsts.field = beginnings.field
where firsts."value" is not null

union all by name

select
    first._origin, first._run_id,
    concat_ws(':', first._origin, first.object, first.subject, first.field, first.history_id, 'before') as id,
    'record.changed' as type, {{ just_before('first.changed_at') }} as "time", first.object, first.subject, first.field,
    first.old_value as "value", null as actor, {{ json_object_of({'evidence': "'snapshot'"}) }} as detail
from {{ ref('stg_salesforce__histories') }} as first
anti join beginnings
    on first.object = beginnings.object and first.subject = beginnings.subject and first.field = beginnings.field
where first._is_new and first.nth = 1 and first.is_told and first.field != 'created'
