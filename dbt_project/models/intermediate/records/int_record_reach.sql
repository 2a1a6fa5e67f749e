-- Grain: one row per record and packet that a property of it reaches although it is not the packet's own: records of the
-- packet's account, and records linked with the packet's (or the same in another system), unless unlinked before it opened.

with wanted as (

    select distinct handoff, source_system, object, reaches
    from (
        select handoff, source_system, object, reaches from {{ ref('field_map') }}
        union all
        select handoff, source_system, object, reaches from {{ ref('about_map') }}
    )
    where reaches != 'subject'

),

packets as (

    select handoff, subject, cycle, account, source_system, object, record, opened_at
    from {{ ref('int_record_packets') }}
    where handoff in (select handoff from wanted)

),

-- Every id under which an account is known.
account_ids as (

    select distinct account, account as id from packets where account is not null
    union
    select account, account_id from {{ ref('int_account_ids') }} where account in (select account from packets)

),

members as (

    select handoff, subject, cycle, source_system, object, record, opened_at from packets

    union

    select packets.handoff, packets.subject, packets.cycle, others.source_system, others.object, others.record, packets.opened_at
    from packets
    inner join {{ ref('int_record_subjects') }} as others
        on packets.handoff = others.handoff and packets.subject = others.subject

),

linked as (

    select members.handoff, members.subject, members.cycle, links.source_system, links.other_object as object, links.other as record
    from members
    inner join {{ ref('int_record_links') }} as links
        on members.source_system = links.source_system and members.object = links.object
        and members.record = links.record
    where links.until is null or links.until > members.opened_at

    union

    select members.handoff, members.subject, members.cycle, others.source_system, others.object, others.record
    from members
    inner join {{ ref('int_record_ids') }} as own using (source_system, object, record)
    inner join {{ ref('int_record_ids') }} as others on own.same = others.same

)

select packets.handoff, packets.subject, packets.cycle, wanted.source_system, wanted.object,
    substr(account_ids.id, length(wanted.source_system) + 2) as record
from packets
inner join account_ids on packets.account = account_ids.account
inner join wanted
    on packets.handoff = wanted.handoff and wanted.reaches = 'account'
    and split_part(account_ids.id, ':', 1) = wanted.source_system

union

select linked.*
from linked
semi join wanted
    on linked.handoff = wanted.handoff and linked.source_system = wanted.source_system
    and linked.object = wanted.object and wanted.reaches = 'linked'
