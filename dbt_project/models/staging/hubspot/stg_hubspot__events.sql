{{ config(materialized='table', schema='raw_hubspot', alias='events') }}

{{ raw_events('hubspot', ['people', 'changes', 'snapshots', 'shapes', 'links', 'touches', 'surveys'], columns=false) }}
