{#- Private to foretell.join_features: what the upstream models of this prediction declare in
    `config.meta.feature_view`, by model name. In a dbt unit test the graph is empty and so is
    the answer; a test of the whole query overrides this macro with a dict in its YAML. -#}
{%- macro _feature_views() -%}
    {%- set declared = {} -%}
    {%- for node in (graph.get('nodes') or {}).values() if execute -%}
        {%- set view = (node.config.get('meta') or {}).get('feature_view') -%}
        {%- if node.unique_id in model.depends_on.nodes and view -%}
            {%- do declared.update({node.alias: foretell._feature_view(node.name, view)}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(declared) -}}
{%- endmacro -%}


{%- macro _feature_view(name, view) -%}
    {%- for key in ('entity', 'as_of', 'features') if not view.get(key) -%}
        {{- exceptions.raise_compiler_error(
            "foretell.join_features: feature view " ~ name ~ " has no `" ~ key
            ~ "` in config.meta.feature_view; it has [" ~ view.keys() | join(', ') ~ "]"
        ) -}}
    {%- endfor -%}
    {{- return({
        'topic': view.get('topic') or name.split('__')[-1],
        'entity': view.entity,
        'as_of': view.as_of,
        'features': view.features,
    }) -}}
{%- endmacro -%}
