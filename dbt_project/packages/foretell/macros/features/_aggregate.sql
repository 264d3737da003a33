{#- Private to foretell.join_features: one feature over the events of its window: rows that a filter
    picks, or, where `spans` is given, a span of the stream. Sums of doubles are rounded, because
    their last digits depend on the order in which threads add up. -#}
{%- macro _aggregate(feature, filters, spans=none) -%}
    {%- set of = 'events.' ~ foretell._quoted('foretell_of_' ~ feature.of) if feature.of else 'events.foretell_at' -%}
    {%- set call = {
        'count': 'count(' ~ of ~ ')',
        'sum': foretell._sum(of),
        'avg': 'avg(' ~ of ~ ')',
        'min': foretell._extreme('min', of),
        'max': foretell._extreme('max', of),
        'count_distinct': 'count(distinct ' ~ of ~ ')',
        'trend': foretell._sum(of) if feature.of else 'count(' ~ of ~ ')',
    }[feature.agg] -%}
    {%- set hours = feature.window.hours -%}
    {%- set last = foretell._within(call, feature, hours, filters, spans) -%}
    {%- if feature.agg in ('min', 'max') -%}
        {{- return(foretell._of_extreme(last)) -}}
    {%- endif -%}
    {%- if feature.agg == 'trend' -%}
        {%- set both = foretell._within(call, feature, hours * 2, filters, spans) -%}
        {%- if feature.of -%}
            {%- set last = 'coalesce(' ~ last ~ ', 0)' -%}
        {%- endif -%}
        {%- set last = '2 * ' ~ last ~ ' - ' ~ both -%}
    {%- endif -%}
    {%- if feature.agg in ('sum', 'avg') or feature.agg == 'trend' and feature.of -%}
        {{- return(foretell._rounded(last)) -}}
    {%- endif -%}
    {{- return(last) -}}
{%- endmacro -%}


{#- The sum of numbers of any type. Postgres adds up numbers of single precision in that precision,
    unless they are made doubles; an integer of the smallest type changes nothing else. -#}
{%- macro _sum(of) -%}
    {{- return(adapter.dispatch('_sum', 'foretell')(of)) -}}
{%- endmacro -%}


{%- macro default___sum(of) -%}{{- return('sum(' ~ of ~ ')') -}}{%- endmacro -%}


{%- macro postgres___sum(of) -%}
    {{- return('sum(' ~ of ~ ' + cast(0 as smallint))') -}}
{%- endmacro -%}


{#- The least or the greatest value of a column. Postgres knows none of truths, but of arrays of them;
    which type a column has is not known where the query is written. -#}
{%- macro _extreme(agg, of) -%}
    {{- return(adapter.dispatch('_extreme', 'foretell')(agg, of)) -}}
{%- endmacro -%}


{%- macro default___extreme(agg, of) -%}{{- return(agg ~ '(' ~ of ~ ')') -}}{%- endmacro -%}


{%- macro postgres___extreme(agg, of) -%}
    {{- return(agg ~ '(case when ' ~ of ~ ' is not null then array[' ~ of ~ '] end)') -}}
{%- endmacro -%}


{#- The value of what foretell._extreme has found. -#}
{%- macro _of_extreme(found) -%}
    {{- return(adapter.dispatch('_of_extreme', 'foretell')(found)) -}}
{%- endmacro -%}


{%- macro default___of_extreme(found) -%}{{- return(found) -}}{%- endmacro -%}


{%- macro postgres___of_extreme(found) -%}{{- return('(' ~ found ~ ')[1]') -}}{%- endmacro -%}


{#- A number as a double with six decimals, halves away from zero. -#}
{%- macro _rounded(number) -%}
    {{- return(adapter.dispatch('_rounded', 'foretell')(number)) -}}
{%- endmacro -%}


{%- macro default___rounded(number) -%}
    {{- return('round(cast(' ~ number ~ ' as double precision), 6)') -}}
{%- endmacro -%}


{#- Postgres rounds doubles to integers alone, and halves to even. -#}
{%- macro postgres___rounded(number) -%}
    {{- return('cast(round(cast(' ~ number ~ ' as numeric), 6) as double precision)') -}}
{%- endmacro -%}


{#- Days from one timestamp to another, as a double. -#}
{%- macro _days_between(earlier, later) -%}
    {{- return(adapter.dispatch('_days_between', 'foretell')(earlier, later)) -}}
{%- endmacro -%}


{%- macro default___days_between(earlier, later) -%}
    {{- return('extract(epoch from ' ~ later ~ ' - ' ~ earlier ~ ') / 86400.0') -}}
{%- endmacro -%}


{#- In Postgres seconds are a decimal. -#}
{%- macro postgres___days_between(earlier, later) -%}
    {{- return('cast(extract(epoch from ' ~ later ~ ' - ' ~ earlier ~ ') as double precision) / 86400') -}}
{%- endmacro -%}


{%- macro _within(call, feature, hours, filters, spans) -%}
    {%- set conditions = [] -%}
    {%- if spans is none -%}
        {%- do conditions.append('events.foretell_at >= as_of.foretell_as_of - ' ~ foretell._hours(hours)) -%}
    {%- endif -%}
    {%- if feature.where -%}
        {%- do conditions.append('events.foretell_where_' ~ (filters.index(feature.where) + 1)) -%}
    {%- endif -%}
    {%- set picked = ' filter (where ' ~ conditions | join(' and ') ~ ')' if conditions else '' -%}
    {%- set over = ' over span_' ~ (spans.index(hours) + 1) if spans is not none else '' -%}
    {{- return(call ~ picked ~ over) -}}
{%- endmacro -%}
