{#- Fails for each combination of columns that occurs more than once: the grain of a relation.
    Usage: foretell.unique_combination with `columns: [household_id, as_of_date]`. -#}
{% test unique_combination(model, columns) %}
    {%- set quoted = [] -%}
    {%- for column in columns -%}{%- do quoted.append(adapter.quote(column)) -%}{%- endfor %}
    select {{ quoted | join(', ') }}, count(*) as occurrences
    from {{ model }}
    group by {{ quoted | join(', ') }}
    having count(*) > 1
{% endtest %}
