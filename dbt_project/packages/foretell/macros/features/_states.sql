{#- Private to foretell.join_features: the value that was valid at each as-of time. -#}
{%- macro _states(view, rows) -%}
    {{- return(adapter.dispatch('_states', 'foretell')(view, rows)) -}}
{%- endmacro -%}


{%- macro default___states(view, rows) -%}
{{ foretell._as_of_times(view, rows) }},

{{ foretell._states_known(view) }},

{{ adapter.quote(view.name ~ '__newest_first') }} as (
    select
        known.*,
        as_of.foretell_as_of,
        row_number() over (
            partition by as_of.foretell_entity, as_of.foretell_as_of
            order by known.foretell_at desc
        ) as foretell_rank
    from {{ adapter.quote(view.name ~ '__as_of') }} as as_of
    inner join {{ adapter.quote(view.name ~ '__known') }} as known
        on as_of.foretell_entity = known.foretell_entity
        and as_of.foretell_as_of > known.foretell_at
        {%- if view.known_at %}
        and as_of.foretell_as_of > known.foretell_known_at
        {%- endif %}
),

{{ adapter.quote(view.name) }} as (
    select
        foretell_entity,
        foretell_as_of,
        {{ foretell._states_valid(view, 'foretell_as_of', '') }}
    from {{ adapter.quote(view.name ~ '__newest_first') }}
    where foretell_rank = 1
)
{%- endmacro -%}


{%- macro duckdb___states(view, rows) -%}
{%- if view.known_at -%}
{{ foretell.default___states(view, rows) }}
{%- else -%}
{{ foretell._as_of_times(view, rows) }},

{{ foretell._states_known(view) }},

{{ adapter.quote(view.name) }} as (
    select
        as_of.foretell_entity,
        as_of.foretell_as_of,
        {{ foretell._states_valid(view, 'as_of.foretell_as_of', 'known.') }}
    from {{ adapter.quote(view.name ~ '__as_of') }} as as_of
    asof inner join {{ adapter.quote(view.name ~ '__known') }} as known
        on as_of.foretell_entity = known.foretell_entity
        and as_of.foretell_as_of > known.foretell_at
)
{%- endif -%}
{%- endmacro -%}


{%- macro _states_known(view) -%}
{{ adapter.quote(view.name ~ '__known') }} as (
    select
        {{ adapter.quote(view.entity) }} as foretell_entity,
        cast({{ adapter.quote(view.time) }} as timestamp) as foretell_at
        {%- if view.known_at %},
        cast({{ adapter.quote(view.known_at) }} as timestamp) as foretell_known_at
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
{%- macro _states_valid(view, as_of, prefix) -%}
    {%- set ends = [] -%}
    {%- if view.ttl -%}
        {%- do ends.append(prefix ~ 'foretell_at >= ' ~ as_of ~ ' - ' ~ view.ttl.sql) -%}
    {%- endif -%}
    {%- if view.until -%}
        {%- do ends.append('coalesce(' ~ prefix ~ 'foretell_until >= ' ~ as_of ~ ', true)') -%}
    {%- endif -%}
    {%- for feature in view.features %}
        {%- set value = prefix ~ adapter.quote(feature.name) -%}
        {%- if ends -%}
            case when {{ ends | join(' and ') }} then {{ value }} end as {{ adapter.quote(feature.name) }}
        {%- else -%}
            {{ value }}
        {%- endif -%}
        {%- if not loop.last %},
        {% endif -%}
    {%- endfor -%}
{%- endmacro -%}
