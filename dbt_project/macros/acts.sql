{#- One change may show several acts: the order among them, from 1 to 15. -#}
{% macro act_rank(type) -%}
case {{ type }}
    when 'handoff.assigned' then 1
    when 'handoff.triggered' then 2
    when 'handoff.submitted' then 3
    when 'handoff.accepted' then 4
    when 'handoff.rejected' then 5
    when 'handoff.reopened' then 6
    when 'handoff.withdrawn' then 7
    when 'handoff.voided' then 8
    when 'handoff.crossed' then 9
    when 'account.started' then 10
    when 'account.arr_set' then 11
    when 'account.churned' then 12
    else 13
end
{%- endmacro %}
