-- Grain: one row per event row that breaks a rule of the public interface and waits to be mended. Neither value nor detail:
-- they may be personal data; file and row lead to them.

select
    rows._origin as origin, rows._file as file, rows._row as "row", rows.fault,
    rows.id, rows.source, rows.type, rows."time" as time_text, rows.handoff, rows.subject, rows.field,
    rows.first_seen_at,
    context.run_id, context.as_of
from {{ source('recording', 'quarantine') }} as rows
cross join {{ source('ops', 'run_context') }} as context
