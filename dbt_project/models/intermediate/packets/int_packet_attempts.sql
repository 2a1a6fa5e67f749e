-- Grain: one row per packet × attempt: one submission and its decision. A rejection that counts, a re-opening and a
-- withdrawal end an attempt, and what follows is the next one if it is a submission, or an acceptance without one; until
-- then there is one only while it is the sender's turn. The trigger opens the first, which every packet has.

with turns as (

    select
        packet_key, act, "time", order_key, actor, actor_team, reason, is_counted,
        act in ('rejected', 'reopened', 'withdrawn') as is_turn
    from {{ ref('int_packet_acts') }}
    where is_counted or act in ('submitted', 'reopened', 'withdrawn', 'voided')

),

turned as (

    select distinct packet_key from turns where is_turn

),

-- A stretch goes from one turn to the next, its end included. Few packets have more than one: only theirs are put in order.
stretched as (

    select
        turns.*,
        count(*) filter (is_turn) over so_far as stretch,
        last_value(case when is_turn then act end ignore nulls) over so_far as opened_by,
        last_value(case when is_turn then "time" end ignore nulls) over so_far as opened_at,
        lead(act) over (partition by packet_key order by order_key) is null as is_last
    from turns
    semi join turned on turns.packet_key = turned.packet_key
    window so_far as (partition by packet_key order by order_key rows between unbounded preceding and 1 preceding)

    union all

    select turns.*, 0 as stretch, null as opened_by, null as opened_at, false as is_last
    from turns
    anti join turned on turns.packet_key = turned.packet_key

),

stretches as (

    select
        packet_key, stretch,
        any_value(opened_by) as opened_by,
        any_value(opened_at) as opened_at,
        min("time") filter (act = 'submitted') as submitted_at,
        {{ of_the_first('actor') }} filter (act = 'submitted') as submitted_by,
        min("time") filter (is_counted) as decided_at,
        {{ first_of('act') }} filter (is_counted) as decision,
        {{ of_the_first('actor') }} filter (is_counted) as decided_by,
        {{ of_the_first('actor_team') }} filter (is_counted) as decided_by_team,
        {{ first_of("case when act = 'rejected' then coalesce(reason, 'other') else '' end") }} filter (is_counted) as reason,
        min("time") filter (act in ('reopened', 'withdrawn', 'voided')) as stopped_at
    from stretched
    group by packet_key, stretch
    having submitted_at is not null or bool_or(is_counted and act = 'accepted') or (stretch = 0 and decided_at is not null)

    union all by name

    select packet_key, stretch + 1 as stretch, act as opened_by, "time" as opened_at
    from stretched
    where is_last and act in ('rejected', 'reopened')

),

numbered as (

    select *, row_number() over (partition by packet_key order by stretch) as attempt
    from stretches

)

select
    packets.packet_key,
    coalesce(numbered.attempt, 1)::integer as attempt,
    case
        when coalesce(numbered.attempt, 1) = 1 then 'trigger'
        when numbered.opened_by = 'rejected' then 'rejection'
        when numbered.opened_by = 'reopened' then 'reopening'
        else 'withdrawal'
    end as opened_by,
    case when coalesce(numbered.attempt, 1) = 1 then packets.triggered_at else numbered.opened_at end as opened_at,
    numbered.submitted_at, numbered.submitted_by,
    numbered.decided_at, numbered.decision, numbered.decided_by, numbered.decided_by_team,
    nullif(numbered.reason, '') as reason,
    coalesce(numbered.decided_at, numbered.stopped_at) as ended_at
from {{ ref('int_packets') }} as packets
left join numbered on packets.packet_key = numbered.packet_key
