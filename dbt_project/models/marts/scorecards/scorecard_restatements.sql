-- Grain: one row per figure of a closed period and run that changed it. What earlier runs restated is read from the ledger,
-- and from the last generation while the ledger does not have it yet; the rest is the difference between what was
-- published last and now. One cause per handoff and run, the first that fits: other terms, another mapping, payload that was
-- forgotten, a corrected (revised, voided, withdrawn) event, a late one; if nothing of these, our own code was corrected.

with recorded as (

    select
        unnest(from_json(events.detail, '[{
            "handoff": "varchar", "dimension": "varchar", "dimension_value": "varchar", "grain": "varchar",
            "period_start": "date", "metric": "varchar", "breakdown": "varchar",
            "old_value": "double", "new_value": "double", "old_numerator": "bigint", "new_numerator": "bigint",
            "old_n": "bigint", "new_n": "bigint", "cause": "varchar", "restated_by_run": "varchar",
            "restated_as_of": "timestamptz"
        }]'), recursive := true)
    from {{ source('ledger', 'events') }} as events
    where events.source = 'seamkeeper' and events.type = 'scorecard.restated'

),

remembered as (

    select * from recorded
    union all
    select *
    from {{ source('ops', 'published_restatements') }}
    where restated_by_run not in (select restated_by_run from recorded)

),

-- Closed now, and closed already when the last generation was published.
closed as (

    select periods.*, metrics.metric, coalesce(metrics.breakdown, '') as breakdown
    from {{ ref('int_period_views') }} as periods
    inner join {{ ref('metrics') }} as metrics on periods.window_days = metrics.window_days
    where periods.is_closed and periods.seen_at <= (select max(as_of) from {{ source('ops', 'published_terms') }})

),

{% for when, figures in {'old': source('ops', 'published_figures'), 'new': ref('handoff_scorecard')}.items() %}
{{ when }}_figures as (

    select figures.*
    from {{ figures }} as figures
    inner join closed
        on figures.metric = closed.metric and figures.breakdown = closed.breakdown
        and figures.grain = closed.grain and figures.period_start = closed.period_start

),
{% endfor %}

changed as (

    select
        {% for column in ['handoff', 'dimension', 'dimension_value', 'grain', 'period_start', 'metric', 'breakdown'] %}
        coalesce(old.{{ column }}, new.{{ column }}) as {{ column }},
        {% endfor %}
        old.value as old_value, new.value as new_value,
        old.numerator as old_numerator, new.numerator as new_numerator,
        coalesce(old.n, 0) as old_n, coalesce(new.n, 0) as new_n
    from old_figures as old
    full outer join new_figures as new
        using (handoff, dimension, dimension_value, grain, period_start, metric, breakdown)
    where old.value is distinct from new.value
        or old.numerator is distinct from new.numerator
        or coalesce(old.n, 0) != coalesce(new.n, 0)

),

terms as (

    select
        coalesce(old.handoff, new.handoff) as handoff,
        bool_or(old.digest is distinct from new.digest
                or old.organisation_digest is distinct from new.organisation_digest) as is_contract_changed,
        bool_or(old.mapping_digest is distinct from new.mapping_digest) as is_mapping_changed
    from {{ source('ops', 'published_terms') }} as old
    full outer join {{ ref('dim_handoff') }} as new
        on old.handoff = new.handoff and old.contract_version = new.contract_version
    group by all

),

since as (

    select *
    from {{ source('ledger', 'events') }}
    where position > (
        -- runs sort by their start
        select max(position)
        from {{ source('ledger', 'events') }}
        where run_id <= (select max(run_id) from {{ source('ops', 'published_terms') }})
    )

),

-- What the ledger learned since: an account's event concerns every handoff.
learned as (

    select
        handoff,
        bool_or(supersedes is not null or type in ('handoff.voided', 'handoff.withdrawn')) as is_corrected
    from since
    where source != 'seamkeeper' or handoff is not null -- of our own acts, decisions that were taken down
    group by handoff

),

caused as (

    select
        changed.*,
        case
            when coalesce(terms.is_contract_changed, true) then 'contract change'
            when terms.is_mapping_changed then 'mapping change'
            when (select count(*) from since where source = 'seamkeeper' and type = 'payload.forgotten') > 0 then 'forgotten'
            when own.is_corrected or anyone.is_corrected then 'correction'
            when own.handoff is not null or anyone.is_corrected is not null then 'late events'
            else 'correction'
        end as cause
    from changed
    left join terms on changed.handoff = terms.handoff
    left join learned as own on changed.handoff = own.handoff
    left join learned as anyone on anyone.handoff is null

)

select
    restatements.*,
    context.run_id, context.as_of
from (
    select * from remembered
    union all by name
    select caused.*, context.run_id as restated_by_run, context.as_of as restated_as_of
    from caused
    cross join {{ source('ops', 'run_context') }} as context
) as restatements
cross join {{ source('ops', 'run_context') }} as context
