-- Grain: one row per submitted packet that was ever ready: `ready_at`, the first instant at or after the submission at
-- which all its applicable required fields are usable together.
--
-- Most packets are settled by one look at their submission. The others are swept: every later change of a required
-- field, or of the field it depends on, moves a running count of the requirements met.

with requirements as (

    select packets.packet_key, packets.submitted_at, fields.field, nullif(fields.required_when, '') as required_when
    from {{ ref('int_packets__transitions') }} as packets
    inner join {{ ref('contract_fields') }} as fields
        on packets.handoff = fields.handoff and packets.contract_version = fields.version
    where packets.submitted_at is not null and (fields.required or fields.required_when != '')

),

at_submission as (

    select
        requirements.packet_key,
        any_value(requirements.submitted_at) as submitted_at,
        bool_and(
            coalesce(required.at_submission.given in ('value', 'none'), false)
            or (requirements.required_when is not null and coalesce(condition.at_submission.given != 'value', true))
        ) as is_ready
    from requirements
    left join {{ ref('int_packet_fields__as_of') }} as required
        on requirements.packet_key = required.packet_key and requirements.field = required.field
    left join {{ ref('int_packet_fields__as_of') }} as condition
        on requirements.packet_key = condition.packet_key and requirements.required_when = condition.field
    group by requirements.packet_key

),

unready as (

    select packet_key, submitted_at from at_submission where not is_ready

),

changes as (

    select
        fields.packet_key, requirements.field, requirements.required_when, fields."time", fields.sequence,
        fields.source, fields.id,
        coalesce(fields.given in ('value', 'none'), false) as is_usable,
        null::boolean as is_asked
    from {{ ref('int_packet_field_values') }} as fields
    inner join requirements on fields.packet_key = requirements.packet_key and fields.field = requirements.field
    where fields.packet_key in (select packet_key from unready)

    union all

    select
        fields.packet_key, requirements.field, requirements.required_when, fields."time", fields.sequence,
        fields.source, fields.id,
        null::boolean as is_usable,
        coalesce(fields.given = 'value', false) as is_asked
    from {{ ref('int_packet_field_values') }} as fields
    inner join requirements
        on fields.packet_key = requirements.packet_key and fields.field = requirements.required_when
    where fields.packet_key in (select packet_key from unready)

),

states as (

    select
        packet_key, field, required_when, "time", sequence, source, id,
        coalesce(last_value(is_usable ignore nulls) over history, false)
        or (required_when is not null and not coalesce(last_value(is_asked ignore nulls) over history, false)) as is_met
    from changes
    window history as (
        partition by packet_key, field order by "time", sequence, source, id
        rows between unbounded preceding and current row
    )

),

steps as (

    select
        packet_key, "time",
        is_met::integer - lag(is_met::integer, 1, (required_when is not null)::integer) over (
            partition by packet_key, field order by "time", sequence, source, id
        ) as step
    from states

),

totals as (

    select packet_key, "time", sum(sum(step)) over (partition by packet_key order by "time") as met
    from steps
    group by packet_key, "time"

),

needed as (

    select packet_key, count(*) filter (required_when is null) as steps_needed
    from requirements
    where packet_key in (select packet_key from unready)
    group by packet_key

)

select packet_key, submitted_at as ready_at from at_submission where is_ready

union all

select totals.packet_key, min(totals."time") as ready_at
from totals
inner join needed on totals.packet_key = needed.packet_key
inner join unready on totals.packet_key = unready.packet_key
where totals.met = needed.steps_needed and totals."time" >= unready.submitted_at
group by totals.packet_key
