{#- Fails for each combination of columns that occurs more than once: the grain of a relation.
    A NULL counts as a value like any other. Usage: foretell.unique_combination with `arguments:
    {columns: [household_id, as_of_date]}`. -#}
{% test unique_combination(model, columns) %}
    {%- if columns is string or columns is mapping or not columns -%}
        {{- exceptions.raise_compiler_error(
            "foretell.unique_combination: `columns` is " ~ (columns or "empty")
            ~ "; it must be a list of column names, such as [household_id, as_of_date]"
        ) -}}
    {%- endif -%}
    {%- set quoted = [] -%}
    {%- for column in columns -%}{%- do quoted.append(adapter.quote(column)) -%}{%- endfor -%}
    select
        {{ quoted | join(', ') }},
        count(*) as occurrences
    from {{ model }}
    group by {{ quoted | join(', ') }}
    having count(*) > 1
{% endtest %}
