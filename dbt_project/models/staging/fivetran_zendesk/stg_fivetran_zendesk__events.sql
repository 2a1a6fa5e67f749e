{{ config(materialized='table', schema='raw_fivetran_zendesk', alias='events') }}

{{ raw_events('fivetran_zendesk', ['people', 'changes', 'snapshots', 'links', 'columns', 'touches'], system='zendesk', columns=false) }}
