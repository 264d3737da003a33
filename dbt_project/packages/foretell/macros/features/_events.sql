{#- Private to foretell.join_features: aggregates of a view's events strictly before each as-of
    time, within their windows. Rows without events have a count of 0 and no average.

    The plain form joins each as-of time with the events of its longest window. Its work grows
    with as-of times times events of such a window, so DuckDB gets a second form for busy
    entities: see duckdb___events. -#}
{%- macro _events(view, rows) -%}
    {{- return(adapter.dispatch('_events', 'foretell')(view, rows)) -}}
{%- endmacro -%}


{%- macro default___events(view, rows) -%}
{%- set windowed = view.features | selectattr('window') | list -%}
{%- set filters = foretell._event_filters(view) -%}
{{ foretell._as_of_times(view, rows) }},

{{ foretell._events_known(view, filters) }},
{%- if windowed %}

{{ foretell._events_counted(view, windowed, filters) }},
{%- endif -%}
{%- for filter in foretell._last_event_filters(view) %}

{{ foretell._quoted(view.name ~ '__last_' ~ loop.index) }} as (
    {%- set where = 'foretell_where_' ~ (filters.index(filter) + 1) if filter else '' -%}
    {%- if not view.known_at -%}
    {{ foretell._newest(foretell._quoted(view.name ~ '__as_of'), foretell._quoted(view.name ~ '__events'), where) }}
    {%- else %}
    select
        as_of.foretell_entity,
        as_of.foretell_as_of,
        max(events.foretell_at) as foretell_at
    from {{ foretell._quoted(view.name ~ '__as_of') }} as as_of
    inner join {{ foretell._quoted(view.name ~ '__events') }} as events
        on as_of.foretell_entity = events.foretell_entity
        and as_of.foretell_as_of > events.foretell_at
        and as_of.foretell_as_of > events.foretell_known_at
    {%- if where %}
    where events.{{ where }}
    {%- endif %}
    group by as_of.foretell_entity, as_of.foretell_as_of
    {%- endif %}
),
{%- endfor %}

{{ foretell._events_joined(view, windowed, 'left join', '=') }}
{%- endmacro -%}


{#- For DuckDB: entities with many events and many as-of times get sorted streams of both, in
    which a window is a span of rows. Its work grows with n log n; joining them, with n times n.
    A stream ends after four of the longest windows (or 28 days), and the next one repeats the
    events that it looks back on: DuckDB's count(distinct) over a window needs half a kilobyte per
    row of a stream, beyond its memory_limit.
    (A RANGE frame would say the same in less SQL, but grows nearly as fast as the join.)
    Events that become known late are not in the order of time, so they keep the plain form. -#}
{%- macro duckdb___events(view, rows) -%}
{%- if view.known_at -%}
{{ foretell.default___events(view, rows) }}
{%- else -%}
{%- set windowed = view.features | selectattr('window') | list -%}
{%- set filters = foretell._event_filters(view) -%}
{%- set hours = foretell._frames(windowed) -%}
{%- set stretch = foretell._hours([4 * hours[-1], 28 * 24] | max) if hours -%}
{%- set n = {'events': foretell._quoted(view.name ~ '__events'), 'as_of': foretell._quoted(view.name ~ '__as_of'), 'busy': foretell._quoted(view.name ~ '__busy'), 'stretches': foretell._quoted(view.name ~ '__stretches'), 'stream': foretell._quoted(view.name ~ '__stream'), 'spans': foretell._quoted(view.name ~ '__spans')} -%}
{{ foretell._as_of_times(view, rows) }},

{{ foretell._events_known(view, filters) }},
{%- if windowed %}

-- entities for which sorted streams cost less than pairing each as-of time with its events; about
-- as many events are in its longest window as in that share of their history
{{ n.busy }} as (
    select events.foretell_entity
    from (
        select
            foretell_entity,
            count(*) as foretell_rows,
            date_diff('hour', min(foretell_at), max(foretell_at)) as foretell_hours
        from {{ n.events }}
        group by foretell_entity
    ) as events
    inner join (
        select foretell_entity, count(*) as foretell_rows from {{ n.as_of }} group by foretell_entity
    ) as as_of
        on events.foretell_entity = as_of.foretell_entity
    where
        {{ foretell._pair_cost() }} * {{ hours[-1] }} / greatest(events.foretell_hours, {{ hours[-1] }}) * events.foretell_rows * as_of.foretell_rows
        > {{ foretell._stream_cost() }} * (events.foretell_rows + {{ hours | length + 1 }} * as_of.foretell_rows)
),

{{ foretell._events_counted(view, windowed, filters, busy=n.busy) }},

-- stretches of time that hold their as-of times
{{ n.stretches }} as (
    select distinct
        foretell_entity,
        time_bucket({{ stretch }}, foretell_as_of) as foretell_stretch
    from {{ n.as_of }}
    where foretell_entity in (select foretell_entity from {{ n.busy }})
),

-- per stretch its as-of times, their window starts and the events in reach, in the order of time;
-- a start comes before events
{{ n.stream }} as (
    select
        *,
        row_number() over (
            partition by foretell_entity, foretell_stretch
            order by foretell_order, foretell_at is not null
        ) as foretell_position
    from (
        select
            events.*,
            events.foretell_at as foretell_order,
            cast(null as timestamp) as foretell_as_of,
            cast(null as integer) as foretell_start,
            stretches.foretell_stretch
        from {{ n.events }} as events
        inner join {{ n.stretches }} as stretches
            on events.foretell_entity = stretches.foretell_entity
            and events.foretell_at >= stretches.foretell_stretch - {{ foretell._hours(hours[-1]) }}
            and events.foretell_at < stretches.foretell_stretch + {{ stretch }}
        union all by name
        select
            as_of.foretell_entity,
            as_of.foretell_as_of,
            as_of.foretell_as_of - starts.foretell_back as foretell_order,
            starts.foretell_start,
            time_bucket({{ stretch }}, as_of.foretell_as_of) as foretell_stretch
        from {{ n.as_of }} as as_of
        cross join (
            values (0, interval '0 days')
            {%- for one in hours %}, ({{ loop.index }}, {{ foretell._hours(one) }}){% endfor %}
        ) as starts (foretell_start, foretell_back)
        where as_of.foretell_entity in (select foretell_entity from {{ n.busy }})
    ) as foretell_both
),

-- how many rows of the stream each window spans
{{ n.spans }} as (
    select
        foretell_entity,
        foretell_as_of,
        0 as foretell_start
        {%- for one in hours %},
        max(foretell_position) filter (where foretell_start = 0)
        - max(foretell_position) filter (where foretell_start = {{ loop.index }}) as foretell_rows_{{ loop.index }}
        {%- endfor %}
    from {{ n.stream }}
    where foretell_start is not null
    group by foretell_entity, foretell_as_of
),

{{ foretell._quoted(view.name ~ '__streamed') }} as (
    select
        events.foretell_entity,
        events.foretell_as_of
        {%- for feature in windowed %},
        {{ foretell._aggregate(feature, filters, hours) }} as {{ adapter.quote(feature.name) }}
        {%- endfor %}
    from (
        select
            stream.*
            {%- for one in hours %},
            coalesce(spans.foretell_rows_{{ loop.index }}, 1) as foretell_rows_{{ loop.index }}
            {%- endfor %}
        from {{ n.stream }} as stream
        left join {{ n.spans }} as spans
            on stream.foretell_entity = spans.foretell_entity
            and stream.foretell_as_of = spans.foretell_as_of
            and stream.foretell_start = spans.foretell_start
    ) as events
    window
        {%- for one in hours %}
        span_{{ loop.index }} as (
            partition by events.foretell_entity, events.foretell_stretch
            order by events.foretell_position
            rows between events.foretell_rows_{{ loop.index }} preceding and 1 preceding
        ){{ ',' if not loop.last }}
        {%- endfor %}
    qualify events.foretell_start = 0
),
{%- endif -%}
{%- for filter in foretell._last_event_filters(view) %}

{{ foretell._quoted(view.name ~ '__last_' ~ loop.index) }} as (
    select foretell_entity, foretell_at
    from {{ n.events }}
    {%- if filter %}
    where foretell_where_{{ filters.index(filter) + 1 }}
    {%- endif %}
),
{%- endfor %}

{{ foretell._events_joined(view, windowed, 'asof left join', '>', both=true) }}
{%- endif -%}
{%- endmacro -%}


{#- What a pair of as-of time and event costs, and a row of a stream; only their ratio matters. With
    18 features on two cores they took 0.5 and 3 microseconds. -#}
{%- macro _pair_cost() -%}9{%- endmacro -%}


{%- macro _stream_cost() -%}50{%- endmacro -%}


{#- The view's events with what its aggregations need: each filter once, as a column. -#}
{%- macro _events_known(view, filters) -%}
{%- set needed = view.features | map(attribute='of') | select | unique | list -%}
{{ foretell._quoted(view.name ~ '__events') }} as (
    select
        {{ adapter.quote(view.entity) }} as foretell_entity,
        cast({{ adapter.quote(view.time) }} as timestamp) as foretell_at
        {%- if view.known_at %},
        cast({{ adapter.quote(view.known_at) }} as timestamp) as foretell_known_at
        {%- endif -%}
        {%- for column in needed %},
        {{ adapter.quote(column) }} as {{ foretell._quoted('foretell_of_' ~ column) }}
        {%- endfor -%}
        {%- for filter in filters %},
        ({{ filter }}) as foretell_where_{{ loop.index }}
        {%- endfor %}
    from {{ view.relation }}
    where {{ adapter.quote(view.entity) }} is not null and {{ adapter.quote(view.time) }} is not null
)
{%- endmacro -%}


{#- The plain form: each as-of time with the events of its longest window. Databases hash what must
    be equal: buckets of time as long as that window spare them an entity's whole history. Entities
    with another form (`busy`) leave in the subquery, because DuckDB 1.5 would apply a WHERE clause
    on the join after joining them. -#}
{%- macro _events_counted(view, windowed, filters, busy=none) -%}
{%- set longest = foretell._hours(foretell._frames(windowed)[-1]) -%}
{%- set bucket = foretell._bucket(longest, 'events.foretell_at') -%}
{{ foretell._quoted(view.name ~ '__counted') }} as (
    select
        as_of.foretell_entity,
        as_of.foretell_as_of
        {%- for feature in windowed %},
        {{ foretell._aggregate(feature, filters) }} as {{ adapter.quote(feature.name) }}
        {%- endfor %}
    from {% if bucket -%} (
        -- once for the events of its own bucket of time, once for those of the bucket before
        select
            as_of.*,
            {{ foretell._bucket(longest, 'as_of.foretell_as_of') }} - backs.foretell_back as foretell_bucket
        from {{ foretell._quoted(view.name ~ '__as_of') }} as as_of
        cross join (values (interval '0 days'), ({{ longest }})) as backs (foretell_back)
        {%- if busy %}
        where as_of.foretell_entity not in (select foretell_entity from {{ busy }})
        {%- endif %}
    )
    {%- else -%}
    {{ foretell._quoted(view.name ~ '__as_of') }}
    {%- endif %} as as_of
    inner join {{ foretell._quoted(view.name ~ '__events') }} as events
        on as_of.foretell_entity = events.foretell_entity
        {%- if bucket %}
        and as_of.foretell_bucket = {{ bucket }}
        {%- endif %}
        and as_of.foretell_as_of > events.foretell_at
        and as_of.foretell_as_of - {{ longest }} <= events.foretell_at
        {%- if view.known_at %}
        and as_of.foretell_as_of > events.foretell_known_at
        {%- endif %}
    group by as_of.foretell_entity, as_of.foretell_as_of
)
{%- endmacro -%}


{#- The beginning of the bucket of time in which an instant lies; none where a database has none. -#}
{%- macro _bucket(length, instant) -%}
    {{- return(adapter.dispatch('_bucket', 'foretell')(length, instant)) -}}
{%- endmacro -%}


{%- macro default___bucket(length, instant) -%}{{- return(none) -}}{%- endmacro -%}


{%- macro duckdb___bucket(length, instant) -%}
    {{- return('time_bucket(' ~ length ~ ', ' ~ instant ~ ')') -}}
{%- endmacro -%}


{%- macro postgres___bucket(length, instant) -%}
    {{- return('date_bin(' ~ length ~ ', ' ~ instant ~ ", timestamp '2000-01-03')") -}}
{%- endmacro -%}


{#- One row per entity and as-of time, also where nothing happened before. -#}
{%- macro _events_joined(view, windowed, join, compared, both=false) -%}
{{ adapter.quote(view.name) }} as (
    select
        as_of.foretell_entity,
        as_of.foretell_as_of
        {%- for feature in view.features %},
        {% if not feature.window -%}
        {{ foretell._days_between('last_' ~ (foretell._last_event_filters(view).index(feature.where or '') + 1) ~ '.foretell_at', 'as_of.foretell_as_of') }}
        {%- elif feature.agg in ('count', 'count_distinct', 'sum', 'trend') -%}
        coalesce(counted.{{ adapter.quote(feature.name) }}, 0)
        {%- else -%}
        counted.{{ adapter.quote(feature.name) }}
        {%- endif %} as {{ adapter.quote(feature.name) }}
        {%- endfor %}
    from {{ foretell._quoted(view.name ~ '__as_of') }} as as_of
    {%- if windowed %}
    left join {% if both -%} (
        select * from {{ foretell._quoted(view.name ~ '__counted') }}
        union all by name
        select * from {{ foretell._quoted(view.name ~ '__streamed') }}
    )
    {%- else -%}
    {{ foretell._quoted(view.name ~ '__counted') }}
    {%- endif %} as counted
        on as_of.foretell_entity = counted.foretell_entity
        and as_of.foretell_as_of = counted.foretell_as_of
    {%- endif %}
    {%- for filter in foretell._last_event_filters(view) %}
    {{ join }} {{ foretell._quoted(view.name ~ '__last_' ~ loop.index) }} as last_{{ loop.index }}
        on as_of.foretell_entity = last_{{ loop.index }}.foretell_entity
        and as_of.foretell_as_of {{ compared }} last_{{ loop.index }}.{{ 'foretell_at' if both else 'foretell_as_of' }}
    {%- endfor %}
)
{%- endmacro -%}


{#- The lengths of time that the features look back, in hours, shortest first. -#}
{%- macro _frames(windowed) -%}
    {%- set hours = [] -%}
    {%- for feature in windowed -%}
        {%- do hours.append(feature.window.hours) -%}
        {%- if feature.agg == 'trend' -%}{%- do hours.append(feature.window.hours * 2) -%}{%- endif -%}
    {%- endfor -%}
    {{- return(hours | unique | sort | list) -}}
{%- endmacro -%}


{%- macro _event_filters(view) -%}
    {{- return(view.features | map(attribute='where') | select | unique(case_sensitive=true) | list) -}}
{%- endmacro -%}


{%- macro _last_event_filters(view) -%}
    {%- set filters = [] -%}
    {%- for feature in view.features if not feature.window and (feature.where or '') not in filters -%}
        {%- do filters.append(feature.where or '') -%}
    {%- endfor -%}
    {{- return(filters) -}}
{%- endmacro -%}
