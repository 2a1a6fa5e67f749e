-- A change of a reference is told twice, by names and by ids: the ids count. The value a field had first is the old one of
-- its first change: since the record was created where the row of its creation is there, else rows were cut off before they
-- were loaded and it is a snapshot just before that change. Salesforce keeps stage, amount and close date of opportunities in a
-- history of its own, tracked or not, with their first values: where it is, it goes before the other. What has no history
-- is told by the versions of its record, where the loader keeps them.

{% set objects = {
    'Account': {'name': 'account', 'history': 'account_history'}, 'Case': {'name': 'case', 'history': 'case_history'},
    'Contact': {'name': 'contact', 'history': 'contact_history'},
    'Contract': {'name': 'contract', 'history': 'contract_history'}, 'Lead': {'name': 'lead', 'history': 'lead_history'},
    'Opportunity': {'name': 'opportunity', 'history': 'opportunity_field_history'},
} %}

with records as (

    {% for object, table in objects.items() %}
    select
        '{{ object }}' as object, id::varchar as subject, {{ utc('created_date::varchar') }} as created_at,
        created_by_id::varchar as created_by
    from {{ raw_rows('fivetran_salesforce', table.name, ['created_date', 'created_by_id']) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

told as (

    {% for object, table in objects.items() %}
    select
        _origin, _run_id, _is_new, '{{ object }}' as object, {{ table.name }}_id::varchar as subject, id::varchar as history_id,
        field::varchar as told_field,
        {{ utc('created_date::varchar') }} as changed_at, created_by_id::varchar as changed_by, old_value::varchar as old_value,
        new_value::varchar as new_value,
        coalesce(
            data_type::varchar = 'EntityId',
            regexp_full_match(coalesce(new_value::varchar, old_value::varchar), '[0-9A-Za-z]{15}([0-9A-Za-z]{3})?')
        ) as is_reference
    from {{ raw_rows('fivetran_salesforce', table.history,
        ['id', table.name ~ '_id', 'field', 'created_date', 'created_by_id', 'old_value', 'new_value', 'data_type'], current=false) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

beginnings as (

    select distinct object, subject from told where told_field in ('created', lower(object) || 'CreatedFromLead')

),

-- a history calls the field OwnerId Owner
fields as (

    select distinct told.object, told.told_field, wanted.property as field
    from (select distinct object, told_field from told) as told
    inner join {{ source('raw_fivetran_salesforce', 'wanted') }} as wanted
        on told.object = wanted.object
        and {{ name_key('wanted.property') }} in ({{ name_key('told.told_field') }}, {{ name_key('told.told_field') }} || 'id')

),

changes as (

    select told.*, fields.field
    from told
    inner join fields on told.object = fields.object and told.told_field = fields.told_field
    qualify is_reference or not bool_or(is_reference) over (partition by told.object, told.subject, told.told_field, changed_at)

),

first_changes as (

    select *
    from changes
    qualify row_number() over (partition by object, subject, field order by changed_at, history_id) = 1

),

first_values as (

    select
        changes._origin, changes._run_id, changes._is_new, changes.object, changes.subject, changes.field,
        case when began.subject is null then {{ just_before('changes.changed_at') }} else records.created_at end as changed_at,
        case when began.subject is not null then records.created_by end as changed_by,
        changes.old_value as "value", began.subject is null as is_snapshot
    from first_changes as changes
    inner join records on changes.object = records.object and changes.subject = records.subject
    left join beginnings as began on changes.object = began.object and changes.subject = began.subject
    where changes.old_value != '' or began.subject is null

),

-- one row per change of any of the three
stages as (

    {% for property, column in {'StageName': 'stage_name', 'Amount': 'amount', 'CloseDate': 'close_date'}.items() %}
    select
        _origin, _run_id, _is_new, 'Opportunity' as object, opportunity_id::varchar as subject, '{{ property }}' as field,
        {{ utc('created_date::varchar') }} as changed_at, created_by_id::varchar as changed_by, {{ column }}::varchar as "value"
    from {{ raw_rows('fivetran_salesforce', 'opportunity_history',
        ['opportunity_id', 'created_date', 'created_by_id', column], current=false) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

stage_changes as (

    select *
    from stages
    where (object, field) in (select (object, property) from {{ source('raw_fivetran_salesforce', 'wanted') }})
    qualify "value" is distinct from lag("value") over (partition by subject, field order by changed_at)

),

united as (

    select
        _origin, _run_id, _is_new, object, subject, field, changed_at, changed_by, new_value as "value",
        false as is_snapshot
    from changes
    union all
    select * from first_values

),

kept as (

    select united.* exclude (changed_by), 'salesforce:' || changed_by as actor
    from united
    where (object, subject, field) not in (select (object, subject, field) from stages)

    union all by name

    select * exclude (changed_by), false as is_snapshot, 'salesforce:' || changed_by as actor from stage_changes

)

select * from kept

union all by name

select * from {{ ref('stg_fivetran_salesforce__versions') }}
where (object, subject, field) not in (select (object, subject, field) from kept)
    -- what was empty in the first version was empty from the beginning where a history could have said otherwise
    and ("value" is not null or not is_snapshot or (object, field) not in (select (object, field) from kept))
