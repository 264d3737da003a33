{#- The interval after the as-of time that the label of this prediction looks at, from the
    `horizon` of its spec: `spine.as_of_date + {{ foretell.horizon() }}`. -#}
{%- macro horizon() -%}
    {%- set spec = (model.config.get('meta') or {}).get('prediction') or {} -%}
    {#- While dbt parses, the YAML beside the SQL is not read yet. -#}
    {%- if execute and not spec.get('horizon') -%}
        {{- exceptions.raise_compiler_error(
            "foretell.horizon: " ~ model.name ~ " has no `horizon` in config.meta.prediction; add one, such as `horizon: 28 days`"
        ) -}}
    {%- endif -%}
    interval '{{ spec.horizon or '1 day' }}'
{%- endmacro -%}
