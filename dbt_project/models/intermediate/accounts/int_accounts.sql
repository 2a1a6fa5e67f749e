-- Grain: one row per account that anything is known of, linked ids counted as one. The first start and the first churn
-- count; who left before they came is a data issue, and in no figure about churn.

with lives as (

    select
        account,
        min("time") filter (type = 'account.started') as started_at,
        min("time") filter (type = 'account.churned') as churned_at,
        {{ first_of("coalesce(json_extract_string(detail, '$.involuntary') = 'true', false)") }}
            filter (type = 'account.churned') as is_involuntary_churn,
        {{ last_of(finite('value')) }} filter (
            type = 'account.arr_set' and coalesce(nullif({{ currency('detail') }}, ''), organisation.currency) = organisation.currency
        ) as arr,
        {{ last_of("json_extract_string(detail, '$.name')") }}
            filter (type = 'account.started' and json_extract_string(detail, '$.name') != '') as name
    from {{ ref('int_account_events') }}
    cross join {{ ref('organisation') }} as organisation
    where account is not null and (type like 'account.%' or type = 'survey.answered')
    group by account

),

crossings as (

    select
        account,
        count(*) as packets,
        min(triggered_at) as first_packet_at,
        arg_max(segment, trigger_order) as segment,
        arg_max(motion, trigger_order) as motion
    from {{ ref('int_packets') }}
    where account is not null
    group by account

)

select
    coalesce(lives.account, crossings.account) as account,
    lives.name, crossings.segment, crossings.motion,
    lives.started_at, lives.churned_at, lives.is_involuntary_churn,
    coalesce(lives.churned_at < lives.started_at, false) as has_churn_before_start,
    lives.arr,
    coalesce(crossings.packets, 0) as packets,
    crossings.first_packet_at
from lives
full outer join crossings on lives.account = crossings.account
