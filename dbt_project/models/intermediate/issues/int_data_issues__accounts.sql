-- Grain: one row per issue with what is told of an account: answers that are none, lives that end before they begin, or twice.

with said as (

    select position, order_key, type, "time", account, value, detail
    from {{ ref('int_account_events') }}
    where type in ('survey.answered', 'account.churned', 'account.arr_set')

),

churns as (

    select
        said.position, said.account, said."time", accounts.started_at,
        row_number() over (partition by said.account order by said.order_key) as number
    from said
    inner join {{ ref('int_accounts') }} as accounts on said.account = accounts.account
    where said.type = 'account.churned'

)

select
    account, position, 'nps_out_of_range' as issue,
    'not a whole number from 0 to 10: in no figure about NPS' as detail
from said
where type = 'survey.answered'
    and not coalesce(try_cast(value as double) in (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), false)

union all

select account, position, 'survey_without_account', 'nobody knows whose customer answered: in no figure about NPS'
from said
where type = 'survey.answered' and account is null

union all

select account, position, 'churn_before_start', 'left before it started: in no figure about churn'
from churns
where number = 1 and "time" < started_at

union all

select account, position, 'churned_twice', 'had left already: the first time counts'
from churns
where number > 1

union all

select
    said.account, said.position, 'currency_foreign',
    'not the organisation''s currency, and not converted: the account''s revenue stays as it was'
from said
cross join {{ ref('organisation') }} as organisation
where said.type = 'account.arr_set' and nullif({{ currency('said.detail') }}, '') != organisation.currency
