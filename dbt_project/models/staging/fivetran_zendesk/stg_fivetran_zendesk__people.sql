-- Agents and admins; a team is the group that is an agent's default. A snapshot, as seen when it was pulled.

with memberships as (

    select
        told.user_id::varchar as user_id, arg_max(groups.name::varchar, coalesce(told."default"::varchar = 'true', false)) as team,
        max(greatest(told._pulled_at, groups._pulled_at)) as _pulled_at, bool_or(told._is_new or groups._is_new) as _is_new
    from {{ raw_rows('fivetran_zendesk', 'group_membership', ['user_id', 'group_id', 'default']) }} as told
    inner join {{ raw_rows('fivetran_zendesk', 'group', ['name']) }} as groups on told.group_id::varchar = groups.id::varchar
    group by told.user_id::varchar

),

agents as (

    select
        told._origin, told._run_id, greatest(told._pulled_at, memberships._pulled_at) as _pulled_at,
        'zendesk:' || told.id::varchar as actor, told.email::varchar as email, {{ team_name('memberships.team') }} as team,
        told.active::varchar = 'false' or told.suspended::varchar = 'true' or told._fivetran_deleted::varchar = 'true' as is_gone
    from {{ raw_rows('fivetran_zendesk', 'user', ['email', 'role', 'active', 'suspended', '_fivetran_deleted']) }} as told
    left join memberships on told.id::varchar = memberships.user_id
    where told.role::varchar in ('agent', 'admin') and (told._is_new or memberships._is_new)

)

select
    _origin, _run_id,
    concat_ws(':', _origin, actor, {{ milliseconds('_pulled_at') }}) as id,
    'person.set' as type, _pulled_at as "time", actor, team,
    {{ json_object_of({'email': 'email', 'active': 'not coalesce(is_gone, false)', 'evidence': "'snapshot'"}) }} as detail
from agents
