{{ config(materialized='table') }}

-- A row whose old and new value are both null says that a long text changed, but not into what.
with rows_told as (

    select
        *, regexp_replace(object, '(Field)?History$', '') as of_object, {{ json_text('content', 'record') }} as subject
    from {{ source('raw_salesforce', 'records') }}
    where object in ('LeadHistory', 'OpportunityFieldHistory', 'AccountHistory', 'ContactHistory', 'CaseHistory', 'ContractHistory')

),

told as (

    select
        rows_told._origin, rows_told._run_id, rows_told._is_new, rows_told.id as history_id, rows_told.of_object as object,
        rows_told.subject,
        {{ json_text('content', 'field') }} as field,
        nullif({{ json_text('content', 'old') }}, '') as old_value,
        nullif({{ json_text('content', 'new') }}, '') as new_value,
        {{ json_text('content', 'at') }}::timestamptz as changed_at,
        'salesforce:' || {{ json_text('content', 'by') }} as actor
    from rows_told
    semi join {{ ref('stg_salesforce__news') }} as news on rows_told.of_object = news.object and rows_told.subject = news.subject

)

select
    *,
    old_value is not null or new_value is not null as is_told,
    row_number() over (partition by object, subject, field order by changed_at, history_id) as nth,
    row_number() over (partition by object, subject, field order by changed_at desc, history_id desc) as nth_last
from told
