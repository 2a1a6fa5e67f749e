{{ config(materialized='view') }}

-- Grain: one row per packet × moment × field × fault. No values: they may be personal data.

select
    packets.packet_id, failures.handoff, failures.moment, failures.field, failures.fault, failures.expectation,
    failures.severity, failures.contract_version,
    context.run_id, context.as_of
from {{ source('judged', 'contract_failures') }} as failures
inner join {{ ref('int_packets__instants') }} as packets on failures.packet_key = packets.packet_key
cross join {{ source('ops', 'run_context') }} as context
