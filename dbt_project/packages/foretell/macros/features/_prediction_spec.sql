{#- Private: what this model says in `config.meta.prediction`; empty for other models. A dbt unit
    test does not see the config of the model that it tests; where it needs the keys of the rows,
    it says them: `overrides: {macros: {foretell._prediction_spec: {entity: ..., as_of: ...}}}`. -#}
{%- macro _prediction_spec() -%}
    {{- return((model.config.get('meta') or {}).get('prediction') or {}) -}}
{%- endmacro -%}
