{{ config(materialized='view') }}

-- Grain: one row per packet × field of its contract version. No values: they may be personal data.

select
    fields.packet_id, fields.handoff, fields.field,
    fields.is_required_at_now as required,
    fields.state_at_transition, fields.state_by_due, fields.state_now,
    fields.evidence, fields.filled_at, fields.filled_by, fields.is_filled_after_transition,
    context.run_id, context.as_of
from {{ ref('int_packet_fields__judged') }} as fields
cross join {{ source('ops', 'run_context') }} as context
