{{ config(materialized='table', schema='raw_zendesk', alias='events') }}

{{ raw_events('zendesk', ['people', 'changes', 'snapshots', 'shapes', 'links', 'touches'], columns=false) }}
