-- A reference with a history says since when, and what it no longer refers to; one without is told at the record's creation,
-- and later when we saw it change. A lead becomes an opportunity when it is converted. A role that was deleted may come back.

{% set links = [
    ('Case', 'AccountId', 'Account', 'account_id'), ('Contact', 'AccountId', 'Account', 'account_id'),
    ('Contract', 'AccountId', 'Account', 'account_id'), ('Opportunity', 'AccountId', 'Account', 'account_id'),
    ('Case', 'ContactId', 'Contact', 'contact_id'), ('Lead', 'ConvertedAccountId', 'Account', 'converted_account_id'),
    ('Lead', 'ConvertedContactId', 'Contact', 'converted_contact_id'),
    ('Lead', 'ConvertedOpportunityId', 'Opportunity', 'converted_opportunity_id'),
] %}

with changed as (

    select
        *, lag("value") over (partition by object, subject, field order by changed_at) as value_before
    from {{ ref('stg_fivetran_salesforce__histories') }}
    where field in ('AccountId', 'ContactId')

),

referring as (

    {% for object, field, target, column in links %}
    select
        *, '{{ object }}' as object, '{{ field }}' as field, '{{ target }}' as target, null::varchar as actor
    from (
        {{ references('fivetran_salesforce', object | lower, column, utc('created_date::varchar'),
            told_at=utc('converted_date::varchar') if object == 'Lead' else 'null') }}
    )
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

linked as (

    select *, true as is_seen
    from referring
    where (object, subject, field) not in (select (object, subject, field) from changed)

    union all by name

    select
        _origin, _run_id, object, subject, field, replace(field, 'Id', '') as target, "value",
        {{ milliseconds('changed_at') }}::varchar as since, changed_at as linked_at, actor, false as is_removed
    from changed
    where _is_new

    union all by name

    select
        _origin, _run_id, object, subject, field, replace(field, 'Id', '') as target, value_before as "value",
        {{ milliseconds('changed_at') }}::varchar as since, changed_at as linked_at, actor, true as is_removed
    from changed
    where _is_new

    union all by name

    select
        _origin, _run_id, 'Opportunity' as object, opportunity_id::varchar as subject, 'OpportunityContactRole' as field,
        'Contact' as target, contact_id::varchar as "value",
        concat_ws(':', id::varchar, case when is_deleted or was_deleted then {{ milliseconds('_pulled_at') }} end) as since,
        case
            when is_deleted or was_deleted then _pulled_at
            else coalesce({{ utc('created_date::varchar') }}, _pulled_at)
        end as linked_at,
        null as actor, is_deleted as is_removed
    from (
        select * replace ({{ is_deleted() }} as is_deleted), {{ was_deleted() }} as was_deleted
        from {{ raw_rows('fivetran_salesforce', 'opportunity_contact_role',
            ['opportunity_id', 'contact_id', 'created_date', 'is_deleted', '_fivetran_deleted']) }}
    )
    where _is_new

)

select
    _origin, _run_id,
    concat_ws(':', _origin, object, subject, field, since, "value", case when is_removed then 'removed' end) as id,
    'record.linked' as type, linked_at as "time", object, subject, "value", actor,
    {{ json_object_of({
        'object': 'target', 'primary': "case when target = 'Account' then true end",
        'removed': 'case when is_removed then true end', 'evidence': "case when is_seen then 'snapshot' end",
    }) }} as detail
from linked
where "value" != ''
