{#-
    By which route an event came, from what its system says of that (`detail.route`: HubSpot's sourceType, Zendesk's
    channel, anyone's own word), else from who acted. Words are compared whole: `AUTOMATION_PLATFORM` is automation.
-#}
{% macro route(detail, is_system, actor) -%}
{% set routes = {
    'merge': ['merge', 'merged', 'merges'],
    'import': ['import', 'imports', 'importer'],
    'workflow': ['workflow', 'workflows', 'automation', 'rule', 'trigger', 'flow', 'bot', 'bots'],
    'integration user': ['integration', 'integrations', 'salesforce', 'sync', 'connector'],
    'admin': ['admin', 'settings', 'migration', 'bulk', 'batch'],
    'API': ['api'],
} -%}
case
    {% for route, words in routes.items() -%}
    when list_has_any(
        regexp_split_to_array(lower(json_extract_string({{ detail }}, '$.route')), '[^a-z]+'), {{ words }}
    ) then '{{ route }}'
    {% endfor -%}
    when {{ is_system }} then 'integration user'
    when {{ actor }} is not null then 'person'
    else 'unknown'
end
{%- endmacro %}
