-- HubSpot does not say since when somebody is in a team: it is a snapshot, as seen when it was pulled.

with memberships as (

    select
        told.owner_id::varchar as owner_id,
        arg_max(team.name::varchar, coalesce(told.is_team_primary::varchar = 'true', false)) as team,
        max(greatest(told._pulled_at, team._pulled_at)) as _pulled_at,
        bool_or(told._is_new or team._is_new) as _is_new
    from {{ raw_rows('fivetran_hubspot', 'owner_team', ['owner_id', 'team_id', 'is_team_primary']) }} as told
    inner join {{ raw_rows('fivetran_hubspot', 'team', ['id', 'name']) }} as team on told.team_id::varchar = team.id::varchar
    group by told.owner_id::varchar

),

owners as (

    select
        owners._origin, owners._run_id, greatest(owners._pulled_at, memberships._pulled_at) as _pulled_at,
        owners.owner_id::varchar as owner_id,
        coalesce(owners.active_user_id::varchar, owners.user_id_including_inactive::varchar) as user_id,
        owners.email::varchar as email, {{ team_name('memberships.team') }} as team,
        owners.is_active::varchar = 'false' or owners._fivetran_deleted::varchar = 'true' as is_gone
    from {{ raw_rows('fivetran_hubspot', 'owner', [
        'owner_id', 'active_user_id', 'user_id_including_inactive', 'email', 'is_active', '_fivetran_deleted',
    ]) }} as owners
    left join memberships on owners.owner_id::varchar = memberships.owner_id
    where owners._is_new or memberships._is_new

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
    {{ json_object_of({'email': 'email', 'active': 'not coalesce(is_gone, false)', 'kind': "'person'", 'evidence': "'snapshot'"}) }} as detail
from named
