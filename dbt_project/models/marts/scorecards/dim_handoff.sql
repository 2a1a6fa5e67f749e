-- Grain: one row per contract version. The digests say whether figures were computed under the same terms, the same
-- mapping and the same organisation.

-- What organisation.yaml says of accounts and links concerns every handoff; which records are accounts, those with records.
with shared as (

    select 'event_map ' || map::text as said from {{ ref('event_map') }} as map where coalesce(handoff, '') = ''

    union all

    select 'link_map ' || map::text from {{ ref('link_map') }} as map where kind != 'person_email'

    union all

    select 'people apart' where not exists (select 1 from {{ ref('link_map') }} where kind = 'person_email')

    union all

    select 'account_table ' || map::text from {{ ref('account_table') }} as map

),

mapped as (

    select handoff, concat_ws(' ', source_system, object, property, field) as said from {{ ref('field_map') }}

    union all

    {% for map in ['record_map', 'event_map', 'about_map'] %}
    select handoff, '{{ map }} ' || map::text from {{ ref(map) }} as map where handoff != ''

    union all

    {% endfor %}
    select owners.handoff, 'record_map ' || map::text
    from (select distinct handoff from {{ ref('record_map') }} where handoff != '') as owners
    inner join {{ ref('record_map') }} as map on coalesce(map.handoff, '') = ''

    union all

    select versions.handoff, shared.said
    from (select distinct handoff from {{ ref('contract_versions') }}) as versions
    cross join shared

),

mappings as (

    select handoff, sha256(string_agg(said, chr(10) order by said)) as mapping_digest
    from mapped
    group by handoff

),

absences as (

    select
        handoff, version,
        string_agg(said, '; ' order by name) filter (name not in ('submitted', 'accepted', 'rejected') or kind = 'field')
            as not_judged,
        string_agg(said, '; ' order by name) filter (name in ('submitted', 'accepted', 'rejected') and kind = 'act')
            as decisions_unread
    from (
        select handoff, version, kind, name, said
        from {{ ref('int_handoff_absences') }}
        where kind = 'field' and back_at = 'infinity'

        union all

        select handoff, version, 'act', act, said
        from {{ ref('int_act_absences') }}
        where back_at = 'infinity'
    )
    group by handoff, version

),

organisations as (

    select sha256(concat_ws(
        chr(10),
        -- no figure depends on when somebody is told
        (select told::text from (select * exclude (warn_share, escalate_hours) from {{ ref('organisation') }}) as told),
        (select list(bands order by bands)::text from {{ ref('amount_bands') }} as bands),
        (select list(spans order by spans)::text from {{ source('ops', 'calendar_spans') }} as spans)
    )) as organisation_digest

)

select
    versions.handoff, versions.number, versions.title, versions.description, versions.status,
    versions.version as contract_version, versions.effective_from, versions.is_current, versions.accountable,
    versions.sender_team, versions.sender_role, versions.sender_fallback, versions.receiver_team, versions.receiver_role,
    versions.receiver_fallback, versions.trigger, versions.gate_event, versions.gate_mode,
    versions.submit_hours, versions.accept_hours, versions.update_hours, versions.calendar, versions.expires_after_days,
    versions.decisions_from, versions.times_recorded,
    count(*) filter (fields.required or fields.required_when != '')::integer as required_fields,
    count(fields.field)::integer as fields,
    absences.not_judged, absences.decisions_unread,
    versions.digest, any_value(mappings.mapping_digest) as mapping_digest,
    any_value(organisations.organisation_digest) as organisation_digest,
    any_value(context.run_id) as run_id, any_value(context.as_of) as as_of
from {{ ref('contract_versions') }} as versions
cross join {{ source('ops', 'run_context') }} as context
left join {{ ref('contract_fields') }} as fields
    on versions.handoff = fields.handoff and versions.version = fields.version
left join mappings on versions.handoff = mappings.handoff
left join absences on versions.handoff = absences.handoff and versions.version = absences.version
cross join organisations
group by all
