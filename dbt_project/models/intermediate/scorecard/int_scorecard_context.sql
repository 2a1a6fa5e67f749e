{{ config(materialized='view') }}

-- Grain: one row. The day of `as_of` in the organisation's zone: periods end there.

select
    context.run_id, context.as_of,
    {{ local_day('context.as_of', 'organisation.zone') }} as as_of_day
from {{ source('ops', 'run_context') }} as context
cross join {{ ref('organisation') }} as organisation
