{#-
    The parts a compiled fact model is put together from. Each field macro renders the columns of one contract field
    (expectations/columns.py names them); all arguments are checked names, never people's text.
-#}

{% macro moments() %}{{ return(['transition', 'due', 'now']) }}{% endmacro %}


{#- What stood in each field at each moment: one row per packet and moment, one group of columns per field. -#}
{% macro fact_fields(handoff, fields) %}
{% for moment in moments() %}
select
    as_of.packet_key,
    '{{ moment }}' as moment{% for field in fields %},
    any_value(as_of.given) filter (contract.field = '{{ field }}') as {{ field }}__given,
    any_value(as_of.text) filter (contract.field = '{{ field }}') as {{ field }}__text,
    any_value(as_of.items) filter (contract.field = '{{ field }}') as {{ field }}__items,
    any_value(as_of."time") filter (contract.field = '{{ field }}') as {{ field }}__set_at
    {%- endfor %}
from {{ ref('int_packet_fields__as_of') }} as as_of
inner join {{ ref('int_contract_fields') }} as contract on as_of.field_key = contract.field_key
where as_of.handoff = '{{ handoff }}' and as_of.at_{{ moment }}
group by as_of.packet_key
{{ 'union all' if not loop.last }}
{% endfor %}
{% endmacro %}


{#- The packets of one handoff, once for every moment that has come. -#}
{% macro fact_packets(handoff) %}
{% set instants = {'transition': 'transitioned_at', 'due': 'submit_due_at', 'now': 'context.as_of'} %}
{% for moment in moments() %}
select
    packets.packet_key, packets.packet_id, '{{ moment }}' as moment, {{ instants[moment] }} as moment_at,
    {{ local_day(instants[moment], 'organisation.zone') }} as moment_on, organisation.zone,
    packets.handoff, packets.account, packets.subject, packets.cycle, packets.contract_version, packets.is_baseline,
    packets.status, packets.is_judged and unjudged.packet_key is null as is_judged, packets.sender, packets.receiver, packets.triggered_at, packets.submitted_at,
    packets.ready_at, packets.clock_started_at, packets.due_at, packets.decided_at, packets.accepted_at,
    packets.crossed_at, packets.transitioned_at, packets.settled_at, packets.settled_as
from {{ ref('int_packets__instants') }} as packets
cross join {{ source('ops', 'run_context') }} as context
cross join {{ ref('organisation') }} as organisation
left join {{ ref('int_packets__unjudged') }} as unjudged
    on packets.packet_key = unjudged.packet_key and unjudged.moment = '{{ moment }}'
where packets.handoff = '{{ handoff }}' and {{ instants[moment] }} <= context.as_of
{{ 'union all' if not loop.last }}
{% endfor %}
{% endmacro %}


{#-
    Whether and how the field was given. Null is the only thing the suite objects to: required here, and missing.
    `asked` overrides both where contract versions differ: a list of (version, required_when or none).
-#}
{% macro field_given(name, required, required_when, asked) %}
    case
        when fields.{{ name }}__given is not null then fields.{{ name }}__given
        {%- for version, condition in asked or [] %}
        when packets.contract_version = '{{ version }}'{% if condition %} and {{ is_given(condition) }}{% endif %} then null
        {%- endfor %}
        {%- if required %}
        when true then null
        {%- elif required_when %}
        when {{ is_given(required_when) }} then null
        {%- endif %}
        else 'not required'
    end as f_{{ name }}__given
{% endmacro %}

{#- The condition of `required_when`: that field is usable, and not attested as none. -#}
{% macro is_given(name) -%}
coalesce(fields.{{ name }}__given = 'value', false)
{%- endmacro %}

{#- The field's value where there is one, as `expression` of its text. -#}
{% macro field_value(name, expression) %}
    case when fields.{{ name }}__given = 'value' then {{ expression }} end
{%- endmacro %}

{% macro field_unreadable(name) %}
    case when fields.{{ name }}__given = 'unreadable' then fields.{{ name }}__text end as f_{{ name }}__unreadable
{% endmacro %}

{#- How old the field was at the moment, in days: since the value itself for a date, else since it was set. -#}
{% macro field_age(name, max_age, is_date=false) %}
    {%- if max_age %},
    {% if is_date -%}
    {{ field_value(name, "date_diff('day', " ~ as_date('fields.' ~ name ~ '__text') ~ ', packets.moment_on)::double') }}
    {%- else -%}
    case
        when fields.{{ name }}__given in ('value', 'none')
            then date_diff('day', {{ local_day('fields.' ~ name ~ '__set_at', 'packets.zone') }}, packets.moment_on)::double
    end
    {%- endif %} as f_{{ name }}__age_days
    {%- endif %}
{% endmacro %}


{% macro text_field(name, required=false, required_when=none, asked=none, max_age=false) %}
    {{ field_value(name, 'fields.' ~ name ~ '__text') }} as f_{{ name }},
    {{ field_given(name, required, required_when, asked) }}
    {{ field_age(name, max_age) }}
{% endmacro %}

{% macro choice_field(name, required=false, required_when=none, asked=none, max_age=false) %}
    {{ text_field(name, required, required_when, asked, max_age) }}
{% endmacro %}

{% macro number_field(name, required=false, required_when=none, asked=none, max_age=false) %}
    {{ field_value(name, 'try_cast(fields.' ~ name ~ '__text as double)') }} as f_{{ name }},
    {{ field_given(name, required, required_when, asked) }},
    {{ field_unreadable(name) }}
    {{ field_age(name, max_age) }}
{% endmacro %}

{% macro boolean_field(name, required=false, required_when=none, asked=none, max_age=false) %}
    {{ field_value(name, 'lower(fields.' ~ name ~ "__text) in ('true', 'yes')") }} as f_{{ name }},
    {{ field_given(name, required, required_when, asked) }},
    {{ field_unreadable(name) }}
    {{ field_age(name, max_age) }}
{% endmacro %}

{% macro date_field(name, required=false, required_when=none, asked=none, max_age=false) %}
    {{ field_value(name, as_date('fields.' ~ name ~ '__text')) }} as f_{{ name }},
    {{ field_given(name, required, required_when, asked) }},
    {{ field_unreadable(name) }}
    {{ field_age(name, max_age, is_date=true) }}
{% endmacro %}

{% macro datetime_field(name, required=false, required_when=none, asked=none, max_age=false) %}
    {{ field_value(name, as_instant('fields.' ~ name ~ '__text')) }} as f_{{ name }},
    {{ field_given(name, required, required_when, asked) }},
    {{ field_unreadable(name) }}
    {{ field_age(name, max_age) }}
{% endmacro %}

{% macro list_field(name, required=false, required_when=none, asked=none, max_age=false) %}
    {{ field_value(name, 'fields.' ~ name ~ '__text') }} as f_{{ name }},
    {{ field_given(name, required, required_when, asked) }},
    {{ field_unreadable(name) }},
    fields.{{ name }}__items as f_{{ name }}__items
    {{ field_age(name, max_age) }}
{% endmacro %}
