-- Grain: one row per account and motion it was ever in, with when that began: the trigger of its first packet that names the
-- motion. Void and withdrawn packets began nothing.

select account, motion, min(triggered_at) as since
from {{ ref('int_packets__instants') }}
where account is not null and motion != '' and status not in ('void', 'withdrawn')
group by account, motion
