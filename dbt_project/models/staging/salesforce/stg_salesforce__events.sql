{{ config(materialized='table', schema='raw_salesforce', alias='events') }}

{{ raw_events('salesforce', ['people', 'changes', 'snapshots', 'shapes', 'links', 'touches'], columns=false) }}
