-- Older tables say when and who in `engagement`, newer ones in a table per type.

with typed as (

    {% for kind in ['call', 'meeting', 'note'] %}
    select
        _is_new, '{{ kind }}' as kind, engagement_id::varchar as engagement_id,
        {{ utc('coalesce(property_hs_timestamp::varchar, property_hs_createdate::varchar)') }} as touched_at,
        property_hubspot_owner_id::varchar as owner_id
    from {{ raw_rows('fivetran_hubspot', 'engagement_' ~ kind,
        ['engagement_id', 'property_hs_timestamp', 'property_hs_createdate', 'property_hubspot_owner_id']) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

engagements as (

    select
        coalesce(typed.engagement_id, plain.id::varchar) as engagement_id, coalesce(typed.kind, lower(plain.type)) as kind,
        coalesce(typed.touched_at, {{ utc('coalesce(plain."timestamp"::varchar, plain.created_at::varchar)') }}) as touched_at,
        coalesce(nullif(typed.owner_id, ''), plain.owner_id::varchar) as owner_id,
        coalesce(typed._is_new, false) or coalesce(plain._is_new, false) as _is_new
    from typed
    full join {{ raw_rows('fivetran_hubspot', 'engagement', ['id', 'type', 'timestamp', 'created_at', 'owner_id']) }} as plain
        on typed.engagement_id = plain.id::varchar

),

targets as (

    select
        engagement_id::varchar as engagement_id, company_id::varchar as company_id, max(_origin) as _origin,
        max(_run_id) as _run_id, bool_or(_is_new) as _is_new
    from {{ source('raw_fivetran_hubspot', 'engagement_company') }}
    group by engagement_id::varchar, company_id::varchar

)

select
    targets._origin, targets._run_id,
    concat_ws(':', targets._origin, kind, targets.engagement_id, company_id) as id,
    'account.touched' as type, touched_at as "time", 'hubspot:' || company_id as account,
    'hubspot:' || nullif(owner_id, '') as actor,
    {{ json_object_of({'kind': 'kind'}) }} as detail
from targets
inner join engagements on targets.engagement_id = engagements.engagement_id
where (targets._is_new or engagements._is_new) and kind in ('call', 'meeting', 'note')
