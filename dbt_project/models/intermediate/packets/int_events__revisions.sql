-- Grain: one row per revision of an event but its first: the position it has, the one it supersedes, and the position of
-- the event's first. Few rows; kept as a table, because every reader of int_events asks twice which events were revised.

select position, supersedes, min(supersedes) over (partition by source, id) as first_position
from {{ source('ledger', 'events') }}
where supersedes is not null
