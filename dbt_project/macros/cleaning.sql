{#- What people type, trimmed: edge white space of any kind goes. Most values have none, and skip the expensive call. -#}
{% macro trimmed(text) -%}
case
    when {{ text }}[1] between '!' and '~' and {{ text }}[-1] between '!' and '~' then {{ text }}
    else nullif(trim({{ text }}, {{ white_space() }}), '')
end
{%- endmacro %}

{% macro white_space() -%}
' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(160) || chr(8203) || chr(65279)
{%- endmacro %}


{#- Without regard to case, as Python's casefold does it for the placeholders: lower case, and ß is ss. -#}
{% macro folded(text) -%}
replace(lower({{ text }}), 'ß', 'ss')
{%- endmacro %}


{#-
    Is this trimmed text one of the organisation's placeholders? `placeholders` is the one row of int_placeholders.
    Both guards are exact: a text longer than the longest plain placeholder cannot be one, and a text cannot match a
    glob whose first letter it does not share.
-#}
{% macro is_placeholder(text, placeholders) -%}
case
    when length({{ text }}) <= {{ placeholders }}.longest
        and list_contains({{ placeholders }}.plain, {{ folded(text) }}) then true
    when {{ placeholders }}.glob_initials is null
        or contains({{ placeholders }}.glob_initials, lower({{ text }}[1]))
        then len(list_filter({{ placeholders }}.globs, lambda pattern: {{ folded(text) }} glob pattern)) > 0
    else false
end
{%- endmacro %}


{#- Does this text read as the field's type? ISO 8601, plain decimals, yes and no (contracts.md); any text is a text. -#}
{% macro reads_as(type, text) -%}
case {{ type }}
    when 'number' then regexp_full_match({{ text }}, '[+-]?(\d+(\.\d*)?|\.\d+)')
    when 'date' then {{ as_date(text) }} is not null
    when 'datetime' then {{ as_instant(text) }} is not null
    when 'boolean' then lower({{ text }}) in ('true', 'false', 'yes', 'no')
    else {{ text }} != ''
end
{%- endmacro %}

{% macro is_array(text) -%}
({{ text }}[1] = '[' and coalesce(json_valid({{ text }}), false))
{%- endmacro %}

{#- A date field takes a date, or the day its instant names; the instant's zone may be missing. -#}
{% macro as_date(text) -%}
case
    when regexp_full_match(
        {{ text }}, '\d{4}-\d\d-\d\d([T ]([01]\d|2[0-3]):[0-5]\d(:\d\d([.,]\d{1,9})?)?(Z|z|[+-]\d\d(:?\d\d)?)?)?'
    ) then try_cast({{ text }}[:10] as date)
end
{%- endmacro %}

{#- A datetime field takes an instant with a zone, or a date alone (its first moment, UTC). -#}
{% macro as_instant(text) -%}
case
    when {{ time_shape(text) }} in ('zoned', 'day') then {{ iso_cast(text, 'timestamptz') }}
end
{%- endmacro %}


{#-
    How many items of a list count. Without `item` every element that is neither blank nor a placeholder does, and a text
    that is no array is one item. With `item` (JSON: key, type, allowed values) an element counts when it has every key,
    readable as its type or among its allowed values; a placeholder is a text that says nothing there, too.
-#}
{% macro countable_items(text, is_array, item, placeholders) -%}
case
    when not {{ is_array }} then 1
    when {{ item }} = '[]' then len(list_filter(
        list_transform(from_json({{ text }}, '["json"]'), lambda element: trim(json_extract_string(element, '$'))),
        lambda entry: {{ says_something('entry', placeholders) }}
    ))
    else len(list_filter(
        from_json({{ text }}, '["json"]'),
        lambda element: list_bool_and(list_transform(
            from_json({{ item }}, '[{"key": "varchar", "type": "varchar", "allowed": ["varchar"]}]'),
            lambda part: coalesce({{ item_part_counts("trim(json_extract_string(element, '$.' || part.key))", 'part', placeholders) }}, false)
        ))
    ))
end
{%- endmacro %}

{% macro item_part_counts(text, part, placeholders) -%}
case {{ part }}.type
    when 'choice' then list_contains({{ part }}.allowed, {{ text }})
    when 'text' then {{ says_something(text, placeholders) }}
    else {{ reads_as(part ~ '.type', text) }}
end
{%- endmacro %}

{% macro says_something(text, placeholders) -%}
coalesce({{ text }} != '' and not {{ is_placeholder(text, placeholders) }}, false)
{%- endmacro %}
