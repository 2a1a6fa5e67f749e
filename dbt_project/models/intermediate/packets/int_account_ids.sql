-- Grain: one row per account id that is known to stand for another: `account` is what it counts for. A link says that its
-- value is the same account as its account; the first link of an id wins, and links are followed to their end. Where they
-- lead in a circle, all of it is one account, and the first of its ids by alphabet stands for it.
--
-- Each round doubles how far a link reaches: sixteen follow 65,536 links in a row, and a circle cannot keep them.

{% set rounds = 16 %}

with reach_0 as materialized (

    select value as linked, {{ first_of('account') }} as account, {{ first_of('account') }} as first_passed
    from {{ ref('int_events') }}
    where type = 'account.linked' and value != '' and value != account
    group by value

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
