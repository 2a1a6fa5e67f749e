-- Grain: one row per trigger of a record's packet, or, for a packet that never was triggered, its first act: when it was,
-- who was to receive it, and the account as its records were linked then (the primary one, else the latest link; where
-- nothing was linked yet, what was linked next).

with acts as (

    select
        *,
        bool_or(event = 'handoff.triggered') over one as is_subject_triggered,
        min(order_key) over one as first_order
    from {{ ref('int_record_signs') }}
    where event in ('handoff.triggered', 'handoff.submitted', 'handoff.accepted', 'handoff.rejected', 'handoff.crossed')
    window one as (partition by handoff, subject)

),

anchors as (

    select row_number() over () as anchor, acts.*
    from acts
    where event = 'handoff.triggered' or (not is_subject_triggered and order_key = first_order)
    qualify row_number() over (partition by handoff, subject, order_key) = 1

),

-- The records of its packet, its own first.
members as (

    select anchor, handoff, "time", source_system, object, record, true as is_own
    from anchors

    union all

    select anchors.anchor, anchors.handoff, anchors."time", others.source_system, others.object, others.record, false
    from anchors
    inner join {{ ref('int_record_subjects') }} as others
        on anchors.handoff = others.handoff and anchors.subject = others.subject
    where (anchors.source_system, anchors.object, anchors.record)
        is distinct from (others.source_system, others.object, others.record)

),

account_types as (

    select source_system, object from {{ ref('record_map') }} where coalesce(handoff, '') = ''

),

accounts as (

    select members.anchor, members.source_system || ':' || members.record as account, (3, members.is_own, 0, 0) as rank
    from members
    semi join account_types
        on members.source_system = account_types.source_system and members.object = account_types.object

    union all

    select
        members.anchor, links.source_system || ':' || links.other,
        case
            when links.linked_at <= members."time"
                then (2, members.is_own, links.is_primary::integer, links.order_key)
            else (1, members.is_own, 0, -links.order_key)
        end
    from members
    inner join {{ ref('int_record_links') }} as links
        on members.source_system = links.source_system and members.object = links.object
        and members.record = links.record
    semi join account_types
        on links.source_system = account_types.source_system and links.other_object = account_types.object
    where links.linked_at > members."time" or links.until is null or links.until > members."time"

),

owned as (

    select anchor, arg_max(account, rank) as account
    from accounts
    group by anchor

)

select
    anchors.* exclude (is_subject_triggered, first_order, value),
    coalesce(ids.account, owned.account) as account,
    coalesce(in_force.receiver_team, first_version.receiver_team) as receiver_team
from anchors
cross join {{ ref('organisation') }} as organisation
left join owned on anchors.anchor = owned.anchor
left join {{ ref('int_account_ids') }} as ids on owned.account = ids.account_id
asof left join {{ ref('contract_versions') }} as in_force
    on anchors.handoff = in_force.handoff
    and {{ local_day('anchors."time"', 'organisation.zone') }} >= in_force.effective_from
inner join {{ ref('contract_versions') }} as first_version
    on anchors.handoff = first_version.handoff and first_version.is_first
