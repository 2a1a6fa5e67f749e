-- A reference with a history says since when; one without is told at the record's creation. What is referred to no more is
-- removed where history tells it.

with referring(object, field, target) as (

    values
        ('Opportunity', 'AccountId', 'Account'), ('Contact', 'AccountId', 'Account'), ('Case', 'AccountId', 'Account'),
        ('Contract', 'AccountId', 'Account'), ('Case', 'ContactId', 'Contact'), ('Lead', 'ConvertedAccountId', 'Account'),
        ('Lead', 'ConvertedContactId', 'Contact'), ('Lead', 'ConvertedOpportunityId', 'Opportunity')

),

histories as (

    select histories.*, referring.target
    from {{ ref('stg_salesforce__histories') }} as histories
    inner join referring on histories.object = referring.object and histories.field = referring.field

),

linked as (

    select
        told._origin, told._run_id, told.object, told.subject, told.field, referring.target, 'created' as since,
        told.created_at as "time", coalesce(first.old_value, case when first.subject is null then told."value" end) as "value",
        null as actor, null as removed
    from {{ ref('stg_salesforce__values') }} as told
    inner join referring on told.object = referring.object and told.field = referring.field
    left join histories as first
        on told.object = first.object and told.subject = first.subject and told.field = first.field and first.nth = 1
    where told._is_new

    union all by name

    select
        _origin, _run_id, object, subject, field, target, history_id as since, changed_at as "time", new_value as "value",
        actor, null as removed
    from histories
    where _is_new

    union all by name

    select
        _origin, _run_id, object, subject, field, target, history_id as since, changed_at as "time", old_value as "value",
        actor, true as removed
    from histories
    where _is_new

    union all by name

    select
        _origin, _run_id, 'Opportunity' as object, {{ json_text('content', 'OpportunityId') }} as subject,
        'OpportunityContactRole' as field, 'Contact' as target, id as since,
        case
            when {{ json_text('content', 'is_deleted') }} = 'true' then changed_at
            else {{ json_text('content', 'created_at') }}::timestamptz
        end as "time",
        {{ json_text('content', 'ContactId') }} as "value",
        null as actor, {{ json_text('content', 'is_deleted') }} = 'true' as removed
    from {{ source('raw_salesforce', 'records') }}
    where _is_new and object = 'OpportunityContactRole'

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, since, "value", case when removed then 'removed' end) as id,
    'record.linked' as type, "time", object, subject, "value", actor,
    {{ json_object_of({
        'object': 'target',
        'primary': "case when target = 'Account' then true end",
        'removed': 'case when removed then true end',
        'evidence': "case when since = 'created' then 'snapshot' end",
    }) }} as detail
from linked
where "value" is not null
