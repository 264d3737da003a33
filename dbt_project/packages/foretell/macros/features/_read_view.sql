{#- Private to foretell.join_features: one `config.meta.feature_view`, checked, with the features
    that it declares. Every key is described in docs/reference/features.md. -#}
{%- macro _read_view(name, declared) -%}
    {%- set known = {
        'spine': {'needs': ['entity', 'as_of', 'features'], 'may': []},
        'events': {
            'needs': ['entity', 'time', 'aggregations'],
            'may': ['windows', 'known_at'],
        },
        'states': {
            'needs': ['entity', 'time', 'features'],
            'may': ['known_at', 'order_by', 'until', 'ttl'],
        },
        'static': {'needs': ['entity', 'features'], 'may': []},
    } -%}
    {%- if declared is not mapping -%}
        {%- do foretell._refuse_view(name, "says `" ~ declared ~ "` in config.meta.feature_view; it must have keys, at least kind and entity") -%}
    {%- endif -%}
    {%- set kind = declared.get('kind') -%}
    {%- if kind not in known -%}
        {%- do foretell._refuse_view(name, "has `kind: " ~ kind ~ "`; it must be one of " ~ known.keys() | join(', ')) -%}
    {%- endif -%}
    {%- set needed = known[kind].needs -%}
    {%- set allowed = ['kind'] + needed + known[kind].may + ['topic', 'via'] -%}
    {%- for key in needed if not declared.get(key) -%}
        {%- do foretell._refuse_view(name, "(kind " ~ kind ~ ") has no `" ~ key ~ "` in config.meta.feature_view; it has [" ~ declared.keys() | join(', ') ~ "]") -%}
    {%- endfor -%}
    {%- for key in declared if key not in allowed -%}
        {%- do foretell._refuse_view(name, "(kind " ~ kind ~ ") has an unknown key `" ~ key ~ "` in config.meta.feature_view; known are [" ~ allowed | join(', ') ~ "]") -%}
    {%- endfor -%}
    {%- set view = {
        'name': name,
        'kind': kind,
        'topic': declared.get('topic') or name.split('__')[-1],
        'entity': declared.entity,
        'via': declared.get('via'),
        'as_of': declared.get('as_of'),
        'time': declared.get('time'),
        'known_at': declared.get('known_at'),
        'order_by': declared.get('order_by'),
        'until': declared.get('until'),
        'ttl': foretell._read_window(name, 'ttl', declared.ttl) if declared.get('ttl') else none,
    } -%}
    {%- if kind == 'events' -%}
        {%- set features = foretell._read_aggregations(name, view.topic, declared) -%}
    {%- else -%}
        {%- set features = foretell._read_columns(name, view, declared) -%}
    {%- endif -%}
    {%- set seen = [] -%}
    {%- for feature in features -%}
        {%- if feature.column | lower in seen -%}
            {%- do foretell._refuse_view(name, "declares the feature " ~ feature.column ~ " twice; give one of the aggregations a `name` of its own") -%}
        {%- endif -%}
        {%- set bytes, most = feature.column.encode('utf-8') | length, foretell._longest_name() -%}
        {%- if most and bytes > most -%}
            {%- do foretell._refuse_view(name, "declares the feature " ~ feature.column ~ ", a name of " ~ bytes ~ " bytes, and the database keeps " ~ most ~ "; give the view a shorter `topic`, or the aggregation a shorter `name`") -%}
        {%- endif -%}
        {%- do seen.append(feature.column | lower) -%}
    {%- endfor -%}
    {%- do view.update({'features': features}) -%}
    {{- return(view) -}}
{%- endmacro -%}


{%- macro _read_columns(name, view, declared) -%}
    {%- if declared.features is string or declared.features is mapping or declared.features is not iterable -%}
        {%- do foretell._refuse_view(name, "has `features: " ~ declared.features ~ "`; it must be a list of columns") -%}
    {%- endif -%}
    {%- set features, order = [], {'order_by': view.order_by} if view.order_by else {} -%}
    {%- for column in declared.features -%}
        {%- do features.append({
            'name': column | string,
            'column': view.topic ~ '_' ~ column,
            'description': '',
            'definition': tojson(dict({
                'kind': view.kind, 'entity': view.entity, 'via': view.via, 'time': view.time,
                'known_at': view.known_at, 'until': view.until,
                'ttl': view.ttl.sql if view.ttl else none, 'column': column,
            }, **order), sort_keys=true),
        }) -%}
    {%- endfor -%}
    {{- return(features) -}}
{%- endmacro -%}


{#- A length of time such as `28 days`: its SQL interval and its suffix in names. -#}
{%- macro _read_window(name, key, text) -%}
    {%- set found = modules.re.match('^\\s*([1-9]\\d*)\\s+(hour|day|week)s?\\s*$', text | string) -%}
    {%- if not found -%}
        {%- do foretell._refuse_view(name, "has the " ~ key ~ " `" ~ text ~ "`, which is no length of time; write a number and hours, days or weeks, such as `28 days`") -%}
    {%- endif -%}
    {%- set number, unit = found.group(1) | int, found.group(2) -%}
    {{- return({
        'hours': number * {'hour': 1, 'day': 24, 'week': 168}[unit],
        'suffix': number ~ unit[0],
        'words': number ~ ' ' ~ unit ~ ('s' if number > 1 else ''),
        'sql': foretell._hours(number * {'hour': 1, 'day': 24, 'week': 168}[unit]),
    }) -}}
{%- endmacro -%}


{%- macro _hours(hours) -%}
    {{- return("interval '" ~ (hours // 24 ~ " days'" if hours % 24 == 0 else hours ~ " hours'")) -}}
{%- endmacro -%}


{%- macro _refuse_view(name, found) -%}
    {{- exceptions.raise_compiler_error("foretell.join_features: feature view " ~ name ~ " " ~ found) -}}
{%- endmacro -%}
