{#- One SQL query: the rows of a CTE (entity, as-of, label) with the features of each view beside
    them, as they were known strictly before the as-of time. A view's features are those that its
    `config.meta.feature_view` declares, named <topic>_<feature>.
    Usage: foretell.join_features('labelled', [ref('feat_household__baskets')]).
    `entity` and `as_of` name the CTE's key columns where the model is no prediction. -#}
{%- macro join_features(cte, views, entity=none, as_of=none) -%}
    {%- set spec = foretell._prediction_spec() -%}
    {%- set rows = {'cte': cte, 'entity': entity or spec.get('entity'), 'as_of': as_of or spec.get('as_of')} -%}
    {%- set declared = foretell._feature_views() -%}
    {%- set joined, columns = [], {} -%}
    {%- for relation in views -%}
        {%- set name = relation.identifier | replace('__dbt__cte__', '') -%}
        {%- if name in declared -%}
            {%- set view = foretell._read_view(name, declared[name]) -%}
            {%- do view.update({'relation': relation, 'key': foretell._key_of(view, rows)}) -%}
            {%- for feature in view.features -%}
                {%- if feature.column | lower in columns -%}
                    {%- do foretell._refuse_view(name, "declares the feature " ~ feature.column ~ ", and so does " ~ columns[feature.column | lower] ~ "; give one of them another `topic`") -%}
                {%- endif -%}
                {%- do columns.update({feature.column | lower: name}) -%}
            {%- endfor -%}
            {#- dbt compile and dbt docs may meet a relation that is older than its declaration. -#}
            {%- if flags.WHICH in ('build', 'run', 'retry') and model.resource_type != 'unit_test' and not relation.identifier.startswith('__dbt__cte__') -%}
                {%- do foretell._check_view(view, relation) -%}
            {%- endif -%}
            {%- do joined.append(view) -%}
        {%- elif execute and model.resource_type != 'unit_test' -%}
            {%- do foretell._refuse_view(name, "has no `feature_view` in its config.meta; declare its kind, entity and features there") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not joined -%}
select * from {{ cte }}
    {%- else -%}
    {{- foretell._joined_query(rows, joined) -}}
    {%- endif -%}
{%- endmacro -%}


{#- The column of the training rows through which a view is joined. -#}
{%- macro _key_of(view, rows) -%}
    {%- if not rows.entity -%}{%- do rows.update({'entity': view.entity}) -%}{%- endif -%}
    {%- if not rows.as_of -%}{%- do rows.update({'as_of': view.as_of}) -%}{%- endif -%}
    {%- if view.kind != 'static' and not rows.as_of -%}
        {%- do foretell._refuse_view(view.name, "needs the as-of column of " ~ rows.cte ~ "; say it: foretell.join_features('" ~ rows.cte ~ "', [...], entity='...', as_of='...')") -%}
    {%- endif -%}
    {%- if not view.via and view.entity != rows.entity -%}
        {%- do foretell._refuse_view(view.name, "is about " ~ view.entity ~ ", but the rows of " ~ rows.cte ~ " are about " ~ rows.entity ~ "; add `via:` with the column of " ~ rows.cte ~ " that holds a " ~ view.entity ~ ", and list that column under never_use if it is no feature") -%}
    {%- endif -%}
    {{- return(view.via or view.entity) -}}
{%- endmacro -%}


{#- The query continues the WITH clause that the caller opened. -#}
{%- macro _joined_query(rows, joined) -%}
, -- foretell: features of other relations from here on
{%- for view in joined %}
{{- ',' if not loop.first }}

-- {{ view.name }}: {{ foretell._title(view) }}
    {%- if view.kind == 'events' %}
{{ foretell._events(view, rows) }}
    {%- elif view.kind == 'states' %}
{{ foretell._states(view, rows) }}
    {%- else %}
{{ adapter.quote(view.name) }} as (
    select * from {{ view.relation }}
)
    {%- endif -%}
{%- endfor %}

select
    {{ rows.cte }}.*
{%- for view in joined -%}
    {%- for feature in view.features %},
    {{ adapter.quote(view.name) }}.{{ adapter.quote(feature.name) }} as {{ adapter.quote(feature.column) }}
    {%- endfor -%}
{%- endfor %}
from {{ rows.cte }}
{%- for view in joined %}
left join {{ adapter.quote(view.name) }}
    {%- if view.kind in ('events', 'states') %}
    on {{ rows.cte }}.{{ adapter.quote(view.key) }} = {{ adapter.quote(view.name) }}.foretell_entity
    and cast({{ rows.cte }}.{{ adapter.quote(rows.as_of) }} as timestamp) = {{ adapter.quote(view.name) }}.foretell_as_of
    {%- else %}
    on {{ rows.cte }}.{{ adapter.quote(view.key) }} = {{ adapter.quote(view.name) }}.{{ adapter.quote(view.entity) }}
        {%- if view.kind == 'spine' %}
    and {{ rows.cte }}.{{ adapter.quote(rows.as_of) }} = {{ adapter.quote(view.name) }}.{{ adapter.quote(view.as_of) }}
        {%- endif -%}
    {%- endif -%}
{%- endfor %}
    {#- Of a prediction the engine knows the column's type, and refuses it. -#}
    {%- if rows.as_of and not foretell._prediction_spec() -%}
        {{- foretell._without_zone(rows) -}}
    {%- endif -%}
{%- endmacro -%}


{#- A condition that refuses as-of times with a zone: as plain times they are others in each session. -#}
{%- macro _without_zone(rows) -%}
    {{- adapter.dispatch('_without_zone', 'foretell')(rows) -}}
{%- endmacro -%}


{%- macro default___without_zone(rows) -%}{%- endmacro -%}


{%- macro duckdb___without_zone(rows) %}
-- an as-of time with a zone is refused, since it reads differently in each session's time zone
where
    typeof({{ rows.cte }}.{{ adapter.quote(rows.as_of) }}) not like '%TIME ZONE'
    or error({{ foretell._text(foretell._about_zone(rows)) }})
{%- endmacro -%}


{%- macro postgres___without_zone(rows) %}
    {%- set column = rows.cte ~ '.' ~ adapter.quote(rows.as_of) %}
-- an as-of time with a zone is refused, since it reads differently in each session's time zone: the
-- error is what such a type is as a boolean
where case
    when cast(pg_typeof({{ column }}) as text) like '%with time zone'
        then cast(
            {{ foretell._text(foretell._about_zone(rows)) }} || '; its type is ' || cast(pg_typeof({{ column }}) as text)
            as boolean
        )
    else true
end
{%- endmacro -%}


{%- macro _about_zone(rows) -%}
    {{- return("foretell.join_features: " ~ rows.as_of ~ " of " ~ rows.cte ~ " (`as_of`) has a time zone, and so it reads differently in each session's time zone; convert it in the SQL, such as `" ~ rows.as_of ~ " at time zone 'UTC' as " ~ rows.as_of ~ "`") -}}
{%- endmacro -%}


{%- macro _title(view) -%}
    {{- return({
        'spine': 'computed at each as-of time by its own SQL',
        'events': 'what happened strictly before each as-of time',
        'states': 'the last value known strictly before each as-of time',
        'static': 'without a history, as it is today',
    }[view.kind]) -}}
{%- endmacro -%}


{#- Each entity and as-of time once, whatever else tells the rows apart. -#}
{%- macro _as_of_times(view, rows) -%}
{{ foretell._quoted(view.name ~ '__as_of') }} as (
    select distinct
        {{ adapter.quote(view.key) }} as foretell_entity,
        cast({{ adapter.quote(rows.as_of) }} as timestamp) as foretell_as_of
    from {{ rows.cte }}
    where {{ adapter.quote(view.key) }} is not null and {{ adapter.quote(rows.as_of) }} is not null
)
{%- endmacro -%}


{#- A name that is made of longer ones, in quotes. Postgres would cut it, so that two become one. -#}
{%- macro _quoted(name) -%}
    {%- set most = foretell._longest_name() -%}
    {%- if most and name.encode('utf-8') | length > most -%}
        {%- set name = 'foretell_' ~ local_md5(name) -%}
    {%- endif -%}
    {{- return(adapter.quote(name)) -}}
{%- endmacro -%}


{#- How many bytes of a name the database keeps; none where it keeps all. -#}
{%- macro _longest_name() -%}
    {{- return(adapter.dispatch('_longest_name', 'foretell')()) -}}
{%- endmacro -%}


{%- macro default___longest_name() -%}{{- return(none) -}}{%- endmacro -%}


{%- macro postgres___longest_name() -%}{{- return(63) -}}{%- endmacro -%}
