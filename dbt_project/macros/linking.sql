{#-
    What hangs together? CTEs `<name>_0` to `<name>_<rounds>`; the last has one row per node of `edges` (a, b: both
    directions) with `label`, the least node of all that hang together with it.

    A round takes the least label seen across an edge, for the node and for what its label stands for, and then the label
    of the label: what is reached grows at least threefold. Whatever is larger than our links allow (one account, or
    record, per system) need not be finished: it is no link anyhow.
-#}
{% macro connected(name, edges, rounds=4) -%}
{{ name }}_0 as materialized (

    select a as node, least(a, min(b)) as label from {{ edges }} group by a

),

{% for round in range(rounds) %}
{{ name }}_{{ round }}_seen as materialized (

    select edges.a as node, min(labels.label) as label
    from {{ edges }} as edges
    inner join {{ name }}_{{ round }} as labels on edges.b = labels.node
    group by edges.a

),

{{ name }}_{{ round }}_hooked as materialized (

    select node, min(label) as label
    from (
        select node, label from {{ name }}_{{ round }}
        union all
        select node, label from {{ name }}_{{ round }}_seen
        union all
        select labels.label, seen.label
        from {{ name }}_{{ round }} as labels
        inner join {{ name }}_{{ round }}_seen as seen on labels.node = seen.node
    )
    group by node

),

{{ name }}_{{ round + 1 }} as materialized (

    select hooked.node, least(hooked.label, further.label) as label
    from {{ name }}_{{ round }}_hooked as hooked
    inner join {{ name }}_{{ round }}_hooked as further on hooked.label = further.node

){{ ',' if not loop.last }}
{% endfor %}
{%- endmacro %}


{#- A record's type and id as one text. -#}
{% macro record_node(system, object, record) -%}
{{ system }} || '.' || {{ object }} || ':' || {{ record }}
{%- endmacro %}


{#- A domain as it is compared: what is left of a URL or an address without scheme, www., port, path and case. -#}
{% macro domain_of(text) -%}
nullif(regexp_replace(regexp_extract(
    lower(trim({{ text }})), '^(?:[a-z][a-z0-9+.-]*://)?(?:[^/@]*@)?(?:www\.)?([^/:?#\s]+\.[^/:?#\s]+?)\.?(?:[/:?#].*)?$', 1
), '^www\.', ''), '')
{%- endmacro %}


{#-
    Account ids joined further: CTE `edges` (a, b: both directions; accounts as `ids` has them, and whatever stands between
    them, beginning with @) becomes links on top of `ids` (account_id, account). A link that would make two accounts of one system one is
    none: nobody can say which of them is meant. One that was stated names the account, else the first system does.
-#}
{% macro accounts_joined(ids, edges) -%}
{{ connected('joined', edges) }},

systems as (

    select source_system as system, min(position) as position
    from {{ ref('record_map') }}
    where coalesce(handoff, '') = ''
    group by source_system

),

-- the systems whose accounts a node stands for already
held as (

    select node, split_part(node, ':', 1) as system from joined_4
    union
    select ids.account, split_part(ids.account_id, ':', 1)
    from {{ ids }} as ids
    semi join joined_4 on ids.account = joined_4.node

),

clear as (

    select joined_4.label
    from joined_4
    inner join held on joined_4.node = held.node
    inner join systems on held.system = systems.system
    group by joined_4.label
    having count(*) = count(distinct held.system) and count(*) > 1

),

chosen as (

    select
        joined_4.label,
        arg_min(joined_4.node, (stated.account is null, systems.position, joined_4.node)) as account
    from joined_4
    semi join clear on joined_4.label = clear.label
    inner join systems on split_part(joined_4.node, ':', 1) = systems.system
    left join (select distinct account from {{ ref('int_account_ids__stated') }}) as stated on joined_4.node = stated.account
    group by joined_4.label

),

further as (

    select joined_4.node, chosen.account
    from joined_4
    inner join chosen on joined_4.label = chosen.label
    where joined_4.node != chosen.account and joined_4.node[1] != '@' -- a domain is no account

)

select ids.account_id, coalesce(further.account, ids.account) as account
from {{ ids }} as ids
left join further on ids.account = further.node

union all

select further.node, further.account
from further
where further.node not in (select account_id from {{ ids }})
{%- endmacro %}
