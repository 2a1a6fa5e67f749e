-- A team is the role of a user, or the department where there are no roles; a snapshot, as seen when it was pulled.

with users as (

    select
        told._origin, told._run_id, greatest(told._pulled_at, roles._pulled_at) as _pulled_at,
        'salesforce:' || told.id::varchar as actor, told.email::varchar as email,
        {{ team_name('coalesce(roles.name::varchar, told.department::varchar)') }} as team,
        'salesforce:' || nullif(told.manager_id::varchar, '') as manager,
        told.is_active::varchar = 'false' or told._fivetran_deleted::varchar = 'true' as is_gone,
        coalesce(told.user_type::varchar, 'Standard') != 'Standard' as is_system
    from {{ raw_rows('fivetran_salesforce', 'user', [
        'email', 'department', 'manager_id', 'is_active', 'user_type', 'user_role_id', '_fivetran_deleted',
    ]) }} as told
    left join {{ raw_rows('fivetran_salesforce', 'user_role', ['name']) }} as roles
        on told.user_role_id::varchar = roles.id::varchar
    where told._is_new or roles._is_new

)

select
    _origin, _run_id,
    concat_ws(':', _origin, actor, {{ milliseconds('_pulled_at') }}) as id,
    'person.set' as type, _pulled_at as "time", actor, team,
    {{ json_object_of({
        'email': 'case when not is_system then email end', 'active': 'not coalesce(is_gone, false)', 'manager': 'manager',
        'kind': "case when is_system then 'system' else 'person' end", 'evidence': "'snapshot'",
    }) }} as detail
from users
