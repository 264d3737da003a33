{#- Private: what this model says in `config.meta.prediction`; empty for other models. A dbt unit
    test does not see the config of the model that it tests; where it needs the keys of the rows,
    it says them: `overrides: {macros: {foretell._prediction_spec: {entity: ..., as_of: ...}}}`. -#}
{%- macro _prediction_spec() -%}
    {%- set said = (model.config.get('meta') or {}).get('prediction') or {} -%}
    {%- if said is not mapping -%}
        {#- Of one model: while dbt parses, it would stop all others too. -#}
        {%- if not execute -%}{{- return({}) -}}{%- endif -%}
        {{- exceptions.raise_compiler_error(
            (model.get('patch_path') or model.original_file_path).split('://')[-1] ~ ': config.meta.prediction of '
            ~ model.name ~ ' is ' ~ said ~ '; it must have keys, at least task, entity and label.'
        ) -}}
    {%- endif -%}
    {{- return(said) -}}
{%- endmacro -%}
