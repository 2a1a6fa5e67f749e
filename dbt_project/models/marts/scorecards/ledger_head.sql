-- Grain: one row. The history this generation was built from: whoever has its head can prove that none of it was changed since.

select
    ledger.head, ledger.segments, ledger.rows, ledger.last_sealed_at,
    context.run_id, context.as_of
from {{ source('ops', 'ledger_head') }} as ledger
cross join {{ source('ops', 'run_context') }} as context
