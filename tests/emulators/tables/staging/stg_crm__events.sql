{{ config(materialized='table', schema='raw_crm', alias='events') }}

{{ raw_events('crm', ['people', 'changes', 'links', 'touches']) }}
