-- Grain: one row per contract version. The digests say whether figures were computed under the same terms, the same
-- mapping and the same organisation.

with mappings as (

    select
        handoff,
        sha256(string_agg(
            concat_ws(' ', source_system, object, property, field), chr(10) order by source_system, object, property, field
        )) as mapping_digest
    from {{ ref('field_map') }}
    group by handoff

),

organisations as (

    select sha256(concat_ws(
        chr(10),
        (select organisation::text from {{ ref('organisation') }} as organisation),
        (select list(bands order by bands)::text from {{ ref('amount_bands') }} as bands),
        (select list(spans order by spans)::text from {{ source('ops', 'calendar_spans') }} as spans)
    )) as organisation_digest

)

select
    versions.handoff, versions.number, versions.title, versions.description, versions.status,
    versions.version as contract_version, versions.effective_from, versions.is_current, versions.accountable,
    versions.sender_team, versions.sender_role, versions.receiver_team, versions.receiver_role,
    versions.receiver_fallback, versions.trigger, versions.gate_event, versions.gate_mode,
    versions.submit_hours, versions.accept_hours, versions.calendar, versions.expires_after_days,
    versions.decisions_from, versions.times_recorded,
    count(*) filter (fields.required or fields.required_when != '')::integer as required_fields,
    count(fields.field)::integer as fields,
    versions.digest, any_value(mappings.mapping_digest) as mapping_digest,
    any_value(organisations.organisation_digest) as organisation_digest,
    any_value(context.run_id) as run_id, any_value(context.as_of) as as_of
from {{ ref('contract_versions') }} as versions
cross join {{ source('ops', 'run_context') }} as context
left join {{ ref('contract_fields') }} as fields
    on versions.handoff = fields.handoff and versions.version = fields.version
left join mappings on versions.handoff = mappings.handoff
cross join organisations
group by all
