-- Grain: one row per account of a system and what its record says now of who it is elsewhere: another system's id of it
-- (`account_id`), or a domain of its own (`domain`). A property may hold one domain, a JSON list or a list with commas;
-- freemail domains say nothing.

with latest as (

    select links.kind, links.target_system, changes.*
    from {{ ref('int_record_changes') }} as changes
    inner join {{ ref('link_map') }} as links
        on changes.source_system = links.source_system and changes.object = links.object
        and changes.property = links.property
    where changes.is_latest and changes.is_usable and links.kind in ('account_id', 'domain')

),

domains as (

    select
        source_system, record, position,
        {{ domain_of('said') }} as domain
    from (
        select
            source_system, record, position,
            unnest(case
                when {{ is_array('value') }} then from_json(value, '["varchar"]')
                else string_split(value, ',')
            end) as said
        from latest
        where kind = 'domain'
    )

)

select 'account_id' as kind, source_system || ':' || record as account, target_system || ':' || value as claim, position
from latest
where kind = 'account_id'

union all

select 'domain', source_system || ':' || record, domain, min(position)
from domains
where domain is not null and domain not in (select domain from {{ ref('freemail_domains') }})
group by source_system, record, domain
