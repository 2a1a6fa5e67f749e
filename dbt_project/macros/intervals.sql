{#- 95 % intervals. z is the normal quantile at 0.975; formulas as cited, oracles in tests/. -#}

{% macro z() -%}1.959963984540054e0{%- endmacro %}

{#- Wilson (1927), "Probable inference, the law of succession, and statistical inference", without continuity correction. -#}
{% macro wilson(numerator, n, side) -%}
case
    when {{ n }} > 0 and {{ numerator }} = {{ '0' if side == '-' else n }} then {{ '0e0' if side == '-' else '1e0' }} -- exactly
    when {{ n }} > 0 then {{ 'greatest' if side == '-' else 'least' }}({{ '0' if side == '-' else '1' }},
        ({{ numerator }} + {{ z() }} * {{ z() }} / 2) / ({{ n }} + {{ z() }} * {{ z() }})
        {{ side }} {{ z() }} / ({{ n }} + {{ z() }} * {{ z() }}) * sqrt(
            {{ numerator }}::double * ({{ n }} - {{ numerator }}) / {{ n }} + {{ z() }} * {{ z() }} / 4
        ))
end
{%- endmacro %}

{#-
    The t quantile at 0.975: from the table up to 300 degrees of freedom, above it by the first five terms of its
    expansion in 1/df (Abramowitz and Stegun 26.7.5), there exact to 1e-12.
-#}
{% macro t_quantile(df, tabled) -%}
coalesce({{ tabled }},
    {{ z() }}
    + (pow({{ z() }}, 3) + {{ z() }}) / (4 * {{ df }})
    + (5 * pow({{ z() }}, 5) + 16 * pow({{ z() }}, 3) + 3 * {{ z() }}) / (96 * pow({{ df }}, 2))
    + (3 * pow({{ z() }}, 7) + 19 * pow({{ z() }}, 5) + 17 * pow({{ z() }}, 3) - 15 * {{ z() }}) / (384 * pow({{ df }}, 3))
    + (79 * pow({{ z() }}, 9) + 776 * pow({{ z() }}, 7) + 1482 * pow({{ z() }}, 5) - 1920 * pow({{ z() }}, 3) - 945 * {{ z() }})
        / (92160 * pow({{ df }}, 4)))
{%- endmacro %}
