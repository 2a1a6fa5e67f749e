{{ config(materialized='table', schema='raw_fivetran_hubspot', alias='events') }}

{{ raw_events('fivetran_hubspot', ['people', 'changes', 'snapshots', 'shapes', 'links', 'columns', 'touches'], system='hubspot', columns=false) }}
