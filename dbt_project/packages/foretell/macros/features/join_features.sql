{#- One SQL query: the rows of a CTE (entity, as-of, label) with the features of each view beside
    them. A view is joined on its entity and as-of time; its features are those that its
    `config.meta.feature_view` declares, named <topic>_<feature>.
    Usage: foretell.join_features('labelled', [ref('feat_household__baskets')]). -#}
{%- macro join_features(cte, views) -%}
    {{- return(adapter.dispatch('join_features', 'foretell')(cte, views)) -}}
{%- endmacro -%}


{%- macro default__join_features(cte, views) -%}
{%- set declared = foretell._feature_views() -%}
{%- set joined = [] -%}
{%- for view in views -%}
    {%- set name = view.identifier | replace('__dbt__cte__', '') -%}
    {%- if name in declared -%}
        {%- do joined.append({'cte': adapter.quote(name), 'relation': view, 'view': declared[name]}) -%}
    {%- endif -%}
{%- endfor -%}
{%- if not joined -%}
select * from {{ cte }}
{%- else -%}
{#- The query continues the WITH clause that the caller opened. -#}
{%- for join in joined %},
{{ join.cte }} as (select * from {{ join.relation }})
{%- endfor %}

select
    {{ cte }}.*
{%- for join in joined %}
    {%- for feature in join.view.features %},
    {{ join.cte }}.{{ adapter.quote(feature) }} as {{ adapter.quote(join.view.topic ~ '_' ~ feature) }}
    {%- endfor %}
{%- endfor %}
from {{ cte }}
{%- for join in joined %}
left join {{ join.cte }}
    on {{ cte }}.{{ adapter.quote(join.view.entity) }} = {{ join.cte }}.{{ adapter.quote(join.view.entity) }}
    and {{ cte }}.{{ adapter.quote(join.view.as_of) }} = {{ join.cte }}.{{ adapter.quote(join.view.as_of) }}
{%- endfor %}
{%- endif -%}
{%- endmacro -%}
