{{ config(materialized='table', schema='raw_fivetran_hubspot', alias='events') }}

{{ raw_events('fivetran_hubspot', ['people', 'changes', 'snapshots', 'shapes', 'links', 'touches'], system='hubspot') }}
