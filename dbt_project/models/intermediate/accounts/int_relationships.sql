-- Grain: one row per watched account and shortest segment of time in which nothing changes: [from_at, until_at), with who
-- are its primary relationship owners in it, and on which motions. `owners` is null where nobody can tell.
--
-- The latest statement of a motion holds until its next one, or until one that names no motion: that is about the account as
-- a whole, and takes the place of all before it. A system user is nobody's relationship, and who has gone is none any more.

with stated as (

    select
        events.account, {{ stated_motion('events.detail') }} as motion,
        case when not events.is_system then events.actor end as owner,
        events."time" as since, events.order_key
    from {{ ref('int_account_events') }} as events
    semi join {{ ref('int_relationship_watches') }} as watches on events.account = watches.account
    where events.type = 'account.primary_set'

),

spans as (

    select
        account, motion, owner, since,
        coalesce(
            least(
                lead(since) over (partition by account, motion order by order_key),
                min(since) filter (motion = 'all') over (
                    partition by account order by order_key rows between 1 following and unbounded following
                )
            ),
            'infinity'::timestamptz
        ) as until
    from stated

),

held as (

    select * from spans where owner is not null and since < until

),

absences as (

    select person, since, until from {{ ref('int_persons') }} where not is_active

),

moments as (

    select account, since as moment from held
    union
    select account, until from held
    union
    select held.account, absences.since from held inner join absences on held.owner = absences.person
    union
    select held.account, absences.until from held inner join absences on held.owner = absences.person
    union
    select account, watched_from from {{ ref('int_relationship_watches') }}
    union
    select account, watched_until from {{ ref('int_relationship_watches') }}
    union
    select account, observed_from from {{ ref('int_relationship_watches') }}

),

segments as (

    select
        moments.account, moments.moment as from_at,
        lead(moments.moment) over (partition by moments.account order by moments.moment) as until_at,
        moments.moment >= watches.observed_from as is_observed
    from moments
    inner join {{ ref('int_relationship_watches') }} as watches
        on moments.account = watches.account
        and moments.moment between watches.watched_from and watches.watched_until

),

-- An absence is over before the next one of the person begins: a segment lies in one at most.
standing as (

    select
        segments.account, segments.from_at,
        list_sort(list(distinct held.owner)) as owners,
        list_sort(list(distinct held.motion)) as motions
    from segments
    inner join held
        on segments.account = held.account and segments.from_at >= held.since and segments.from_at < held.until
    left join absences
        on held.owner = absences.person and segments.from_at >= absences.since and segments.from_at < absences.until
    where segments.is_observed and absences.person is null
    group by segments.account, segments.from_at

)

select
    segments.account, segments.from_at, segments.until_at,
    case when segments.is_observed then coalesce(standing.owners, []) end as owners,
    coalesce(standing.motions, []) as motions
from segments
left join standing on segments.account = standing.account and segments.from_at = standing.from_at
where segments.until_at is not null
