{#- The rows of a store that readers see, as a relation to select from, for the views in this package.
    A run writes its rows wherever they belong, and its own record last: that one row shows all
    others. The engine has the same rule in ground/stores.py. -#}
{%- macro seen(name) -%}
    {%- set store = foretell._beside(name) -%}
    {%- if name == 'runs' -%}{{- return(store) -}}{%- endif -%}
    {%- set rows -%}
(
        select * from {{ store }}
        where {% if name == 'validation_results' %}stage = 'relation' or {% endif %}run_id in (
            select run_id from {{ foretell._beside('runs') }}
            where status in ('{{ foretell._seen_of(name) | join("', '") }}')
        )
    )
    {%- endset -%}
    {{- return(rows) -}}
{%- endmacro -%}


{#- Private: how a run ended whose rows of a store are seen. That a gate stopped one is worth knowing. -#}
{%- macro _seen_of(name) -%}
    {%- set published = ['published', 'waiting'] -%}
    {{- return({
        'model_events': published + ['refused'],
        'validation_results': published + ['refused', 'crashed'],
        'feature_findings': published + ['refused', 'crashed'],
    }.get(name, published)) -}}
{%- endmacro -%}


{#- Private to the views of this package: a store's table, which lies beside them. -#}
{%- macro _beside(name) -%}
    {{- return(api.Relation.create(
        database=this.database, schema=this.schema, identifier=foretell._store_name(name)
    )) -}}
{%- endmacro -%}
