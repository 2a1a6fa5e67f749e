-- Grain: one row per contract version.

select
    versions.handoff, versions.number, versions.title, versions.description, versions.status,
    versions.version as contract_version, versions.effective_from, versions.is_current, versions.accountable,
    versions.sender_team, versions.sender_role, versions.receiver_team, versions.receiver_role,
    versions.receiver_fallback, versions.trigger, versions.gate_event, versions.gate_mode,
    versions.submit_hours, versions.accept_hours, versions.calendar, versions.expires_after_days,
    versions.decisions_from, versions.times_recorded,
    count(*) filter (fields.required or fields.required_when != '')::integer as required_fields,
    count(fields.field)::integer as fields,
    versions.digest,
    any_value(context.run_id) as run_id, any_value(context.as_of) as as_of
from {{ ref('contract_versions') }} as versions
cross join {{ source('ops', 'run_context') }} as context
left join {{ ref('contract_fields') }} as fields
    on versions.handoff = fields.handoff and versions.version = fields.version
group by all
