-- Grain: one row per record of a source and handoff whose gate stands in it, as it was written last. What a run writes is
-- recorded by the next one, so what this run writes is in the next generation.

with acts as (

    select
        position,
        from_json(detail, '{
            "source": "varchar", "object": "varchar", "record_id": "varchar", "handoff": "varchar", "packet_id": "varchar",
            "gate": "varchar", "missing": ["varchar"], "at": "timestamptz"
        }') as act
    from {{ source('ledger', 'events') }}
    where source = 'seamkeeper' and type = 'gate.written'

),

latest as (

    select act, min(act.at) over one as first_written_at
    from acts
    window one as (partition by act.source, act.object, act.record_id, act.handoff)
    qualify row_number() over (
        partition by act.source, act.object, act.record_id, act.handoff order by act.at desc, position desc
    ) = 1

)

select
    latest.act.source, latest.act.object, latest.act.record_id, latest.act.handoff, latest.act.packet_id,
    latest.act.gate, latest.act.missing, latest.first_written_at, latest.act.at as written_at,
    context.run_id, context.as_of
from latest
cross join {{ source('ops', 'run_context') }} as context
