-- Grain: one row per acceptance with an answer before and one after it, fourteen days each way, of one kind of survey. The
-- same contact's answers go first, the nearest ones; where nobody answered twice, the account's nearest. Scored −1
-- (detractor, 0–6), 0 (passive, 7–8), +1 (promoter, 9–10).

with answers as (

    select
        account, actor as contact, json_extract_string(detail, '$.kind') as kind,
        "time" as answered_at, order_key,
        case when try_cast(value as double) <= 6 then -1 when try_cast(value as double) <= 8 then 0 else 1 end as score
    from {{ ref('int_account_events') }}
    where type = 'survey.answered'
        and account is not null
        -- anything else is no NPS answer, and a data issue
        and try_cast(value as double) in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10)

),

near as (

    select
        packets.packet_key, answers.*,
        answers.answered_at < packets.accepted_at as is_before
    from {{ ref('int_packets__instants') }} as packets
    inner join answers
        on packets.account = answers.account
        and answers.answered_at >= packets.accepted_at - interval 336 hour
        and answers.answered_at <= packets.accepted_at + interval 336 hour
    where packets.status not in ('void', 'withdrawn')

),

pairs as (

    select
        packet_key, kind, contact,
        grouping(contact) = 0 as is_one_contact,
        {% for side, is_side, nearest in [('before', 'is_before', last_of), ('after', 'not is_before', first_of)] %}
        {{ nearest('score') }} filter ({{ is_side }}) as nps_{{ side }},
        {{ nearest('answered_at') }} filter ({{ is_side }}) as nps_{{ side }}_at{{ ',' if not loop.last }}
        {% endfor %}
    from near
    group by grouping sets ((packet_key, kind, contact), (packet_key, kind))

),

ranked as (

    select
        *,
        row_number() over (
            partition by packet_key
            order by is_one_contact desc, nps_after_at - nps_before_at, contact, kind
        ) as preference
    from pairs
    where nps_before is not null and nps_after is not null
        and (contact is not null or not is_one_contact)

)

select packet_key, nps_before, nps_after, nps_after - nps_before as nps_change, nps_before_at, nps_after_at
from ranked
where preference = 1
