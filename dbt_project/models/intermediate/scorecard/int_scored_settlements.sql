{{ config(materialized='view') }}

-- Grain: one row per packet and settlement: as what it is settled, and, of few, as what it was settled until then. That the
-- accept clock ran at all, and that the packet had timed out, may only be known later: when it is accepted incomplete. In
-- periods closed by then (`stands_until`) its first answer, if it had one, is what settled it.

with settled as (

    select *
    from {{ ref('int_scored_packets') }}
    where is_counted and has_recorded_decisions and settled_at is not null

)

select
    *,
    case when settled_as = 'timed_out' then clock_known_at end as stands_from,
    null::timestamptz as stands_until
from settled

union all by name

select
    settled.* replace (
        {{ local_day('least(decided_at, crossed_at)', 'organisation.zone') }} as settled_on,
        answered_as as settled_as,
        false as is_first_pass -- an acceptance is what the packet's clock was waiting for
    ),
    null::timestamptz as stands_from,
    clock_known_at as stands_until
from settled
cross join {{ ref('organisation') }} as organisation
where settled_as = 'timed_out' and least(decided_at, crossed_at) < clock_known_at
