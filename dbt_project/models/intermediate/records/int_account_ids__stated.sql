-- Grain: one row per account id that somebody said stands for another: `account` is what it counts for. A link says that
-- its value is the same account as its account; the organisation's table goes first, then the first link of an id, and
-- links are followed to their end. Where they lead in a circle, all of it is one account, and the first of its ids by
-- alphabet stands for it.
--
-- Each round doubles how far a link reaches: sixteen follow 65,536 links in a row, and a circle cannot keep them.

{% set rounds = 16 %}

with reach_0 as materialized (

    select value as linked, {{ first_of('account') }} as account, {{ first_of('account') }} as first_passed
    from {{ ref('int_events__told') }}
    where type = 'account.linked' and value != '' and value != account
        and value not in (select same_as from {{ ref('account_table') }})
    group by value

    union all

    select same_as, account, account from {{ ref('account_table') }}

),

{% for round in range(rounds) %}
reach_{{ round + 1 }} as materialized (

    select
        links.linked,
        coalesce(further.account, links.account) as account,
        least(links.first_passed, further.first_passed) as first_passed
    from reach_{{ round }} as links
    left join reach_{{ round }} as further on links.account = further.linked

),

{% endfor %}
-- Whoever still has a link after that is in a circle, and has passed all of it.
canonical as (

    select links.linked, coalesce(circle.first_passed, links.account) as account
    from reach_{{ rounds }} as links
    left join reach_{{ rounds }} as circle on links.account = circle.linked

)

select linked as account_id, account
from canonical
where linked != account
