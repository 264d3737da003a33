{#- The interval after the as-of time that the label of this prediction looks at, from the
    `horizon` of its spec: `spine.as_of_date + {{ foretell.horizon() }}`. A dbt unit test does not
    see the spec of the model that it tests, so it says it: `overrides: {macros: {foretell.horizon:
    "interval '28 days'"}}`. -#}
{%- macro horizon() -%}
    {%- set spec = foretell._prediction_spec() -%}
    {#- While dbt parses, the YAML beside the SQL is not read yet. -#}
    {%- if execute and not spec.get('horizon') -%}
        {%- if model.resource_type == 'unit_test' -%}
            {{- exceptions.raise_compiler_error(
                "foretell.horizon: unit test " ~ model.name ~ " must say the horizon; add `overrides: {macros: {foretell.horizon: \"interval '28 days'\"}}`"
            ) -}}
        {%- endif -%}
        {{- exceptions.raise_compiler_error(
            "foretell.horizon: " ~ model.name ~ " has no `horizon` in config.meta.prediction; it has ["
            ~ spec.keys() | join(', ') ~ "]. Add one, such as `horizon: 28 days`"
        ) -}}
    {%- endif -%}
    interval '{{ spec.horizon or '1 day' }}'
{%- endmacro -%}
