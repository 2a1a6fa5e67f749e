-- Zendesk does not say since when somebody is in a group: it is a snapshot, as seen when it was pulled. What nobody does is
-- done by the user -1.

with agents as (

    select *, {{ json_text('content', 'role') }} as role
    from {{ ref('stg_zendesk__records') }}
    where object = 'user' and {{ json_text('content', 'role') }} in ('agent', 'admin', 'system')

),

seated as (

    select
        agents._origin, agents._run_id, agents.role, 'zendesk:' || agents.id as actor,
        greatest(agents._pulled_at, seats._pulled_at) as seen_at,
        {{ json_text('agents.content', 'email') }} as email,
        {{ json_text('agents.content', 'is_active') }} as is_active,
        {{ team_name(json_text('seats.content', 'team')) }} as team
    from agents
    left join {{ ref('stg_zendesk__records') }} as seats on seats.object = 'membership' and agents.id = seats.id
    where agents._is_new or coalesce(seats._is_new, false)

)

select
    _origin, _run_id,
    concat_ws(':', _origin, actor, {{ milliseconds('seen_at') }}) as id,
    'person.set' as type, seen_at as "time", actor, team,
    {{ json_object_of({
        'email': 'email', 'active': "is_active != 'false'",
        'kind': "case when role = 'system' then 'system' else 'person' end", 'evidence': "'snapshot'",
    }) }} as detail
from seated
