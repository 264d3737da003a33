{#- Private to foretell.join_features: the features of a view of events, one per aggregation and
    window. `trend` is the change from the window before to the last one. -#}
{%- macro _read_aggregations(name, topic, declared) -%}
    {%- set of_column = ['sum', 'avg', 'min', 'max', 'count_distinct'] -%}
    {%- set known = ['count', 'days_since_last', 'trend'] + of_column -%}
    {%- set allowed = ['agg', 'column', 'where', 'windows', 'name', 'description'] -%}
    {%- if declared.aggregations is string or declared.aggregations is mapping -%}
        {%- do foretell._refuse_view(name, "has `aggregations: " ~ declared.aggregations ~ "`; it must be a list such as `- {agg: count}`") -%}
    {%- endif -%}
    {%- set features = [] -%}
    {%- for said in declared.aggregations -%}
        {%- if said is not mapping or said.get('agg') not in known -%}
            {%- do foretell._refuse_view(name, "has the aggregation `" ~ said ~ "`; write it as `{agg: ..., column: ...}` with agg one of " ~ known | join(', ')) -%}
        {%- endif -%}
        {%- for key in said if key not in allowed -%}
            {%- do foretell._refuse_view(name, "has an unknown key `" ~ key ~ "` in the aggregation `" ~ said ~ "`; known are [" ~ allowed | join(', ') ~ "]") -%}
        {%- endfor -%}
        {%- set agg, column = said.agg, said.get('column') -%}
        {%- if agg in of_column and not column -%}
            {%- do foretell._refuse_view(name, "has an aggregation `" ~ agg ~ "` without `column`; say what it is of, such as `{agg: " ~ agg ~ ", column: amount_usd}`") -%}
        {%- endif -%}
        {%- if agg in ('count', 'days_since_last') and column -%}
            {%- do foretell._refuse_view(name, "has an aggregation `" ~ agg ~ "` of the column " ~ column ~ "; it is of rows and takes no column, but may have a `where`") -%}
        {%- endif -%}
        {%- set windows = said.get('windows') or declared.get('windows') -%}
        {%- if agg == 'days_since_last' -%}
            {%- if said.get('windows') -%}
                {%- do foretell._refuse_view(name, "has an aggregation `days_since_last` with windows; it looks at the whole past") -%}
            {%- endif -%}
            {%- set windows = [none] -%}
        {%- elif windows is string or not windows -%}
            {%- do foretell._refuse_view(name, "has no windows for the aggregation `" ~ said ~ "`; add a list to it or to the view, such as `windows: [7 days, 28 days]`") -%}
        {%- endif -%}
        {%- set base = said.get('name') or agg ~ ('_' ~ column if column else '') -%}
        {%- for text in windows -%}
            {%- set window = foretell._read_window(name, 'window', text) if text is not none else none -%}
            {%- set feature = base ~ ('_' ~ window.suffix if window else '') -%}
            {%- do features.append({
                'name': feature,
                'column': topic ~ '_' ~ feature,
                'description': foretell._describe(topic, said, window),
                'agg': agg,
                'of': column,
                'where': said.get('where'),
                'window': window,
                'definition': tojson({
                    'kind': 'events', 'entity': declared.entity, 'via': declared.get('via'),
                    'time': declared.time, 'known_at': declared.get('known_at'), 'agg': agg,
                    'column': column, 'where': said.get('where'),
                    'window': window.sql if window else none,
                }, sort_keys=true),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(features) -}}
{%- endmacro -%}


{#- What a feature is, in words: for reasons and for the catalog. -#}
{%- macro _describe(topic, said, window) -%}
    {%- set of = (said.get('column') or topic) | string | replace('_', ' ') -%}
    {%- set words = said.get('description') or (said.get('name') or '') | replace('_', ' ') | capitalize or {
        'count': 'Number of ' ~ of,
        'sum': 'Total ' ~ of,
        'avg': 'Average ' ~ of,
        'min': 'Lowest ' ~ of,
        'max': 'Highest ' ~ of,
        'count_distinct': 'Different values of ' ~ of,
        'days_since_last': 'Days since the last of ' ~ of,
        'trend': 'Change in ' ~ of,
    }[said.agg] -%}
    {%- if not window -%}{{- return(words) -}}{%- endif -%}
    {%- if said.agg == 'trend' -%}
        {{- return(words ~ ' from the previous ' ~ window.words ~ ' to the last ' ~ window.words) -}}
    {%- endif -%}
    {{- return(words ~ ' in the last ' ~ window.words) -}}
{%- endmacro -%}
