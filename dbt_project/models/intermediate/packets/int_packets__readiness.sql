-- Grain: one row per submitted packet that was ever ready: `ready_at`, the first instant at or after the submission at
-- which all its applicable required fields are usable together.
--
-- Most packets are settled by one look at their submission. The others are swept: every later change of a required
-- field, or of the field it depends on, moves a running count of the requirements met. A requirement that depends on
-- another field is met while that field is not given.

with requirements as (

    select handoff, version, field_key, required_when
    from {{ ref('int_contract_fields') }}
    where required or required_when is not null

),

conditions as (

    -- the field that a requirement depends on: its changes matter, too
    select condition.field_key as condition_key, dependent.field_key
    from {{ ref('int_contract_fields') }} as dependent
    inner join {{ ref('int_contract_fields') }} as condition
        on dependent.handoff = condition.handoff and dependent.version = condition.version
        and dependent.required_when = condition.field

),

submitted as (

    select packets.packet_key, packets.submitted_at, needed.always, needed.sometimes
    from {{ ref('int_packets__transitions') }} as packets
    inner join (
        select
            handoff, version,
            count(*) filter (required_when is null) as always,
            count(*) filter (required_when is not null) as sometimes
        from requirements
        group by handoff, version
    ) as needed on packets.handoff = needed.handoff and packets.contract_version = needed.version
    where packets.submitted_at is not null

),

-- At the submission: unconditional requirements met, and conditional ones that are asked but not met.
met as (

    select fields.packet_key, count(*) as met
    from {{ ref('int_packet_fields__as_of') }} as fields
    inner join requirements on fields.field_key = requirements.field_key
    where fields.at_submission and fields.given in ('value', 'none', 'forgotten') and requirements.required_when is null
    group by fields.packet_key

),

unmet as (

    select packet_key, count(*) as unmet
    from (
        select fields.packet_key, conditions.field_key
        from {{ ref('int_packet_fields__as_of') }} as fields
        inner join conditions on fields.field_key = conditions.condition_key
        where fields.at_submission and fields.given in ('value', 'forgotten')

        except all

        select packet_key, field_key
        from {{ ref('int_packet_fields__as_of') }}
        where at_submission and given in ('value', 'none', 'forgotten')
    )
    group by packet_key

),

at_submission as (

    select
        submitted.*,
        coalesce(met.met, 0) = submitted.always and coalesce(unmet.unmet, 0) = 0 as is_ready
    from submitted
    left join met on submitted.packet_key = met.packet_key
    left join unmet on submitted.packet_key = unmet.packet_key

),

unready as (

    select * from at_submission where not is_ready

),

changes as (

    select
        values_given.packet_key, requirements.field_key, requirements.required_when is not null as is_conditional,
        values_given."time", values_given.order_key,
        coalesce(values_given.given in ('value', 'none', 'forgotten'), false) as is_usable,
        null::boolean as is_asked
    from {{ ref('int_packet_field_values') }} as values_given
    inner join requirements on values_given.field_key = requirements.field_key
    where values_given.packet_key in (select packet_key from unready)

    union all

    select
        values_given.packet_key, conditions.field_key, true as is_conditional,
        values_given."time", values_given.order_key,
        null::boolean as is_usable,
        coalesce(values_given.given in ('value', 'forgotten'), false) as is_asked
    from {{ ref('int_packet_field_values') }} as values_given
    inner join conditions on values_given.field_key = conditions.condition_key
    where values_given.packet_key in (select packet_key from unready)

),

states as (

    select
        packet_key, field_key, is_conditional, "time", order_key,
        coalesce(last_value(is_usable ignore nulls) over history, false)
        or (is_conditional and not coalesce(last_value(is_asked ignore nulls) over history, false)) as is_met
    from changes
    window history as (
        partition by packet_key, field_key order by order_key rows between unbounded preceding and current row
    )

),

steps as (

    select
        packet_key, "time",
        is_met::integer - lag(is_met::integer, 1, is_conditional::integer) over (
            partition by packet_key, field_key order by order_key
        ) as step
    from states

),

totals as (

    -- all changes of one instant count together
    select packet_key, "time", sum(sum(step)) over (partition by packet_key order by "time") as met
    from steps
    group by packet_key, "time"

)

select packet_key, submitted_at as ready_at from at_submission where is_ready

union all

select totals.packet_key, min(totals."time") as ready_at
from totals
inner join unready on totals.packet_key = unready.packet_key
where totals.met = unready.always and totals."time" >= unready.submitted_at
group by totals.packet_key
