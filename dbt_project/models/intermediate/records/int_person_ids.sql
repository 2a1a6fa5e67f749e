-- Grain: one row per id of a person whose e-mail address is known: `person` is the address, the one id they are shown
-- under, whatever a system calls them. Who has no address keeps their id.

with addresses as (

    select actor as id, {{ last_of("lower(trim(json_extract_string(detail, '$.email')))") }} as person
    from {{ ref('int_events__told') }}
    where type = 'person.set' and contains(json_extract_string(detail, '$.email'), '@')
    group by actor

)

select id, person
from addresses
where id != person and exists (select 1 from {{ ref('link_map') }} where kind = 'person_email')
