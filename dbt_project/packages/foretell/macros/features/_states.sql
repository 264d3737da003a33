{#- Private to foretell.join_features: the value that was valid at each as-of time. Of several from
    one time the one that became known last counts, see foretell._states_order: never the one that
    happens to be stored first. -#}
{%- macro _states(view, rows) -%}
{{ foretell._as_of_times(view, rows) }},

{{ foretell._states_known(view) }},
{%- set times = 'as_of' if view.known_at else 'newest' -%}
{%- if not view.known_at %}

-- from which time the newest state is, and what was stored from that time
{{ foretell._quoted(view.name ~ '__newest') }} as (
{{- foretell._newest(foretell._quoted(view.name ~ '__as_of'), foretell._quoted(view.name ~ '__known')) }}
),
{%- endif %}

{{ foretell._quoted(view.name ~ '__newest_first') }} as (
    select
        known.*,
        {{ times }}.foretell_as_of,
        row_number() over (
            partition by {{ times }}.foretell_entity, {{ times }}.foretell_as_of
            order by {{ foretell._states_order(view) }}
        ) as foretell_rank
    from {{ foretell._quoted(view.name ~ '__' ~ times) }} as {{ times }}
    inner join {{ foretell._quoted(view.name ~ '__known') }} as known
        on {{ times }}.foretell_entity = known.foretell_entity
        {%- if view.known_at %}
        and as_of.foretell_as_of > known.foretell_at
        and as_of.foretell_as_of > known.foretell_known_at
        {%- else %}
        and newest.foretell_at = known.foretell_at
        {%- endif %}
),

{{ foretell._states_first(view) }}
{%- endmacro -%}


{#- For each as-of time the time of the newest row before it, where there is one. Without an as-of
    join, both are walked through in the order of time, an as-of time before rows of the same
    instant: the work grows with n log n, where pairs would grow with n times n. -#}
{%- macro _newest(as_of, known, where='') -%}
    {{- return(adapter.dispatch('_newest', 'foretell')(as_of, known, where)) -}}
{%- endmacro -%}


{%- macro default___newest(as_of, known, where) %}
    select foretell_entity, foretell_as_of, foretell_at
    from (
        select
            foretell_entity,
            foretell_as_of,
            max(foretell_at) over (
                partition by foretell_entity
                order by foretell_order, foretell_at is not null
                rows between unbounded preceding and current row
            ) as foretell_at
        from (
            select
                foretell_entity,
                foretell_as_of,
                cast(null as timestamp) as foretell_at,
                foretell_as_of as foretell_order
            from {{ as_of }}
            union all
            select foretell_entity, cast(null as timestamp), foretell_at, foretell_at
            from {{ known }}
            {%- if where %}
            where {{ where }}
            {%- endif %}
        ) as both_in_order
    ) as walked
    where foretell_as_of is not null and foretell_at is not null
{%- endmacro -%}


{%- macro duckdb___newest(as_of, known, where) %}
    select
        as_of.foretell_entity,
        as_of.foretell_as_of,
        known.foretell_at
    from {{ as_of }} as as_of
    asof inner join {{ known }} as known
        on as_of.foretell_entity = known.foretell_entity
        and as_of.foretell_as_of > known.foretell_at
{%- endmacro -%}


{%- macro _states_first(view) -%}
{{ adapter.quote(view.name) }} as (
    select
        foretell_entity,
        foretell_as_of,
        {{ foretell._states_valid(view) }}
    from {{ foretell._quoted(view.name ~ '__newest_first') }}
    where foretell_rank = 1
)
{%- endmacro -%}


{#- Which of an entity's states counts: the newest, of those the one that became known last, then
    the largest `order_by`. Where that leaves two, the one that lasts longest, then the largest
    values: the same ones however the rows are stored. -#}
{%- macro _states_order(view) -%}
    {%- set order = ['known.foretell_at desc'] -%}
    {%- if view.known_at -%}{%- do order.append('known.foretell_known_at desc') -%}{%- endif -%}
    {%- if view.order_by -%}{%- do order.append(foretell._greatest_first('known.foretell_order')) -%}{%- endif -%}
    {%- if view.until -%}{%- do order.append('known.foretell_until desc nulls first') -%}{%- endif -%}
    {%- for feature in view.features -%}
        {%- do order.append(foretell._greatest_first('known.' ~ adapter.quote(feature.name))) -%}
    {%- endfor -%}
    {{- return(order | join(', ')) -}}
{%- endmacro -%}


{#- How to order by a column of any type: texts by their bytes, all else by value. -#}
{%- macro _greatest_first(column) -%}
    {{- return(adapter.dispatch('_greatest_first', 'foretell')(column)) -}}
{%- endmacro -%}


{%- macro default___greatest_first(column) -%}{{- return(column ~ ' desc nulls last') -}}{%- endmacro -%}


{#- Postgres orders texts as the database's language does, and refuses to order numbers by bytes. -#}
{%- macro postgres___greatest_first(column) -%}
    {%- set is_text = "cast(pg_typeof(" ~ column ~ ") as text) in ('text', 'character varying', 'character')" -%}
    {%- set bytes = 'case when ' ~ is_text ~ ' then cast(' ~ column ~ ' as text) end collate "C"' -%}
    {{- return(bytes ~ ' desc nulls last, ' ~ column ~ ' desc nulls last') -}}
{%- endmacro -%}


{%- macro _states_known(view) -%}
{{ foretell._quoted(view.name ~ '__known') }} as (
    select
        {{ adapter.quote(view.entity) }} as foretell_entity,
        cast({{ adapter.quote(view.time) }} as timestamp) as foretell_at
        {%- if view.known_at %},
        cast({{ adapter.quote(view.known_at) }} as timestamp) as foretell_known_at
        {%- endif -%}
        {%- if view.order_by %},
        {{ adapter.quote(view.order_by) }} as foretell_order
        {%- endif -%}
        {%- if view.until %},
        cast({{ adapter.quote(view.until) }} as timestamp) as foretell_until
        {%- endif -%}
        {%- for feature in view.features %},
        {{ adapter.quote(feature.name) }}
        {%- endfor %}
    from {{ view.relation }}
    where {{ adapter.quote(view.entity) }} is not null and {{ adapter.quote(view.time) }} is not null
)
{%- endmacro -%}


{#- The values, null once they are older than the ttl or were ended before the as-of time. -#}
{%- macro _states_valid(view) -%}
    {%- set ends = [] -%}
    {%- if view.ttl -%}
        {%- do ends.append('foretell_at >= foretell_as_of - ' ~ view.ttl.sql) -%}
    {%- endif -%}
    {%- if view.until -%}
        {%- do ends.append('coalesce(foretell_until >= foretell_as_of, true)') -%}
    {%- endif -%}
    {%- for feature in view.features %}
        {%- set value = adapter.quote(feature.name) -%}
        {%- if ends -%}
            case when {{ ends | join(' and ') }} then {{ value }} end as {{ adapter.quote(feature.name) }}
        {%- else -%}
            {{ value }}
        {%- endif -%}
        {%- if not loop.last %},
        {% endif -%}
    {%- endfor -%}
{%- endmacro -%}
