{#- SQL that publishes the serving copy at the end of a `dbt build` or `dbt run`: after a failed
    node too, never after --empty, --sample or a question, and never when no
    model ran. -#}
{%- macro publish_serving_copy() -%}
    {%- if execute and flags.WHICH in ('build', 'run', 'retry') and not foretell._keeps_nothing() and not foretell._question() -%}
        {%- set ran = results | selectattr('node.resource_type', 'equalto', 'model') | list -%}
        {%- if ran -%}
            select foretell_publish('{{ tojson(foretell._serving_request()) | replace("'", "''") }}') as published
        {%- endif -%}
    {%- endif -%}
{%- endmacro -%}


{#- Private: what the engine needs to know to publish. -#}
{%- macro _serving_request() -%}
    {{- return({
        'invocation_id': invocation_id,
        'today': foretell._today(),
        'relations': foretell._served_relations(),
    }) -}}
{%- endmacro -%}


{#- Private to foretell._serving_request: every prediction, and every model or seed with
    `meta: {serve: true}`. -#}
{%- macro _served_relations() -%}
    {%- set served = [] -%}
    {%- for node in graph.nodes.values() if node.resource_type in ('model', 'seed', 'snapshot') -%}
        {%- set asked = (node.config.get('meta') or {}).get('serve') -%}
        {%- if node.config.enabled and node.config.materialized != 'ephemeral'
            and (asked or node.config.materialized == 'prediction') -%}
            {%- do served.append({
                'model': node.name, 'database': node.database, 'schema': node.schema, 'name': node.alias
            }) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(served) -}}
{%- endmacro -%}
