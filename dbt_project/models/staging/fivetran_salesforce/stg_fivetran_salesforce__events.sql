{{ config(materialized='table', schema='raw_fivetran_salesforce', alias='events') }}

{{ raw_events('fivetran_salesforce', ['people', 'changes', 'snapshots', 'links', 'columns', 'touches'], system='salesforce', columns=false) }}
