{#- Fails for each row dated at or after the instant at which the run stands, because nothing of it
    is known yet: `foretell.now()` is the only "now". The columns to look at are those of
    `config.meta.feature_view`: `time`, and `known_at` where it is declared. The `as_of` of a view
    of kind spine may be that instant itself, but not after it. A row without a time passes.
    Usage: foretell.no_future_rows under a feature view's `data_tests`; under a column, or with
    `arguments: {column: sold_at}`, it looks at that column of any relation. -#}
{% test no_future_rows(model, column=none, column_name=none) %}
    {%- set column = column_name if column is none else column -%}
    {%- if column is not none and (column is not string or not column | trim) -%}
        {{- exceptions.raise_compiler_error(
            "foretell.no_future_rows: `column` is " ~ (column or "empty")
            ~ "; it must be the name of one column, such as sold_at"
        ) -}}
    {%- endif -%}
    {%- set future = foretell._future_conditions(column) -%}
    -- Rows that nobody could have known on {{ foretell._now() }}: each one is a failure.
    select *
    from {{ model }}
    where {{ future | join(' or ') or 'false' }}
{% endtest %}


{#- Private to foretell.no_future_rows: what is true of a row from the future; none while dbt
    parses, because the declaration is not known then. -#}
{%- macro _future_conditions(column) -%}
    {%- if column is not none -%}
        {{- return([adapter.quote(column) ~ ' >= ' ~ foretell.now()]) -}}
    {%- endif -%}
    {%- set conditions = [] -%}
    {%- if execute -%}
        {#- A data test depends on one model, the one that it tests. -#}
        {%- set declared = foretell._feature_views() -%}
        {%- if not declared -%}
            {{- exceptions.raise_compiler_error(
                "foretell.no_future_rows: " ~ model.name ~ " tests a relation without `feature_view` in its config.meta; "
                ~ "say which column holds the time, such as `arguments: {column: sold_at}`"
            ) -}}
        {%- endif -%}
        {%- for name, said in declared.items() -%}
            {%- set view = foretell._read_view(name, said) -%}
            {%- if view.kind == 'static' -%}
                {{- exceptions.raise_compiler_error(
                    "foretell.no_future_rows: feature view " ~ name ~ " is of kind static, which has no time; "
                    ~ "remove the test, or say a column of it, such as `arguments: {column: sold_at}`"
                ) -}}
            {%- endif -%}
            {%- for key, compared in [('time', '>='), ('known_at', '>='), ('as_of', '>')] if view[key] -%}
                {%- do conditions.append(adapter.quote(view[key]) ~ ' ' ~ compared ~ ' ' ~ foretell.now()) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(conditions) -}}
{%- endmacro -%}
