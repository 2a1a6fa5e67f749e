{#- How alike texts are, which each engine measures in its own way. -#}

{#- Of a group's `others` the one that is spelled most like `name`, if any is alike enough to be a slip. -#}
{% macro nearest_name(name, others) -%}
max({'likeness': jaro_winkler_similarity(lower({{ name }}), lower({{ others }})), 'name': {{ others }}})
    filter (jaro_winkler_similarity(lower({{ name }}), lower({{ others }})) > 0.9).name
{%- endmacro %}
