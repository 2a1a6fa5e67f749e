{#- The grain: no two rows share these columns. -#}
{% test is_unique_by(model, columns) %}
select {{ columns | join(', ') }}, count(*) as rows_of_one_key
from {{ model }}
group by all
having count(*) > 1
{% endtest %}
