with submissions as (

    select
        _origin, _run_id, id as submission_id, content,
        {{ json_text('content', 'properties.hs_survey_type') }} as survey_type
    from {{ source('raw_hubspot', 'records') }}
    where _is_new and object = 'feedback_submission' and {{ json_text('content', 'deleted') }} is null

)

select
    _origin, _run_id,
    concat_ws(':', _origin, 'feedback_submission', submission_id) as id,
    'survey.answered' as type,
    coalesce({{ json_text('content', 'properties.hs_submission_timestamp') }}, {{ json_text('content', 'createdAt') }}) as "time",
    'hubspot:' || {{ json_text('content', 'links.company[0].id') }} as account,
    'hubspot:contact:' || {{ json_text('content', 'links.contact[0].id') }} as actor,
    {{ json_text('content', 'properties.hs_value') }} as "value",
    {{ json_object_of({'kind': "'relational'"}) }} as detail
from submissions
where upper(survey_type) = 'NPS'
