-- HubSpot does not say since when somebody is in a team: it is a snapshot, as seen when it was pulled.

with owners as (

    select
        _origin, _run_id, _pulled_at, id as owner_id,
        {{ json_text('content', 'user_id') }} as user_id,
        {{ json_text('content', 'email') }} as email,
        {{ team_name(json_text('content', 'team')) }} as team,
        {{ json_text('content', 'is_active') }} as is_active
    from {{ source('raw_hubspot', 'records') }}
    where _is_new and object = 'owner' and {{ json_text('content', 'deleted') }} is null

),

named as (

    select *, 'hubspot:' || owner_id as actor from owners

    union all

    select *, 'hubspot:user:' || user_id as actor from owners where user_id is not null

)

select
    _origin, _run_id,
    concat_ws(':', _origin, actor, {{ milliseconds('_pulled_at') }}) as id,
    'person.set' as type, _pulled_at as "time", actor, team,
    {{ json_object_of({
        'email': 'email', 'active': "is_active != 'false'", 'kind': "'person'", 'evidence': "'snapshot'",
    }) }} as detail
from named
