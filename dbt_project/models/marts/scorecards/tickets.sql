-- Grain: one row per ticket at a desk, as of the last act that is recorded. What a run sends is recorded by the next one, so
-- this run's own tickets are in the next generation.

with acts as (

    select
        position,
        from_json(detail, '{
            "desk": "varchar", "marker": "varchar", "packet_id": "varchar", "handoff": "varchar", "attempt": "integer",
            "team": "varchar", "owner": "varchar", "key": "varchar", "url": "varchar", "state": "varchar",
            "opened_at": "timestamptz", "updated_at": "timestamptz", "closed_at": "timestamptz",
            "closed_by": "varchar", "why": "varchar", "at": "timestamptz"
        }') as act
    from {{ source('ledger', 'events') }}
    where source = 'seamkeeper' and type in ('ticket.opened', 'ticket.updated', 'ticket.closed', 'ticket.reopened')

),

latest as (

    select act
    from acts
    qualify row_number() over (partition by act.desk, act.marker order by act.at desc, position desc) = 1

)

select
    latest.act.packet_id, latest.act.handoff, latest.act.attempt,
    latest.act.desk, latest.act.key as ticket_key, latest.act.url, latest.act.marker,
    latest.act.state, latest.act.opened_at, latest.act.updated_at, latest.act.closed_at, latest.act.closed_by,
    latest.act.why as reason,
    latest.act.team, latest.act.owner,
    context.run_id, context.as_of
from latest
cross join {{ source('ops', 'run_context') }} as context
