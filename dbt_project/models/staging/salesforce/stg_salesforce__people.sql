-- Salesforce does not say since when somebody has a role: it is a snapshot, as seen when it was pulled.

with users as (

    select
        _origin, _run_id, _pulled_at, 'salesforce:' || id as actor,
        {{ json_text('content', 'email') }} as email,
        {{ team_name(json_text('content', 'team')) }} as team,
        {{ json_text('content', 'manager') }} as manager,
        {{ json_text('content', 'kind') }} as kind,
        {{ json_text('content', 'is_active') }} as is_active
    from {{ source('raw_salesforce', 'records') }}
    where _is_new and object = 'User' and {{ json_text('content', 'deleted') }} is null

)

select
    _origin, _run_id,
    concat_ws(':', _origin, actor, {{ milliseconds('_pulled_at') }}) as id,
    'person.set' as type, _pulled_at as "time", actor, team,
    {{ json_object_of({
        'email': "case when kind = 'person' then email end", 'active': "is_active != 'false'",
        'manager': "'salesforce:' || manager", 'kind': 'kind', 'evidence': "'snapshot'",
    }) }} as detail
from users
