{#- Private to foretell.join_features: a view's declaration against its relation, where that is
    built already. Nothing is ever taken from the database: what is not declared is no feature. -#}
{%- macro _check_view(view, relation) -%}
    {%- set columns = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
        {%- do columns.update({column.name: column}) -%}
    {%- endfor -%}
    {%- if columns -%}
        {%- set has = "it has [" ~ columns.keys() | join(', ') ~ "]. If its SQL is newer, build it first: dbt build --select " ~ view.name -%}
        {%- for key in ('entity', 'as_of', 'time', 'known_at', 'order_by', 'until') if view[key] and view[key] not in columns -%}
            {%- do foretell._refuse_view(view.name, "has no column " ~ view[key] ~ " (`" ~ key ~ ": " ~ view[key] ~ "`); " ~ has) -%}
        {%- endfor -%}
        {%- for key in ('as_of', 'time', 'known_at', 'until') if view[key] -%}
            {%- set type = columns[view[key]].dtype | lower -%}
            {%- if not type.startswith('date') and not type.startswith('timestamp') -%}
                {%- do foretell._refuse_view(view.name, "has " ~ view[key] ~ " (`" ~ key ~ "`) of type " ~ type ~ "; it must be a date or a timestamp") -%}
            {%- elif 'tz' in type or 'with time zone' in type -%}
                {%- do foretell._refuse_view(view.name, "has " ~ view[key] ~ " (`" ~ key ~ "`) of type " ~ type ~ ", which reads differently in each session's time zone; convert it in the view's SQL, such as `" ~ view[key] ~ " at time zone 'UTC'`") -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for feature in view.features -%}
            {%- set column = feature.of if view.kind == 'events' else feature.name -%}
            {%- if column and column not in columns -%}
                {%- do foretell._refuse_view(view.name, "declares the feature " ~ feature.column ~ ", but has no column " ~ column ~ "; " ~ has) -%}
            {%- endif -%}
            {%- if column and view.kind == 'events' and feature.agg != 'count_distinct' -%}
                {%- set type = columns[column].dtype | lower -%}
                {%- set number = columns[column].is_number() or modules.re.match('(u?(tiny|small|big|huge)?int|decimal|numeric|double|float|real)', type) -%}
                {%- if not number and not (type.startswith('bool') and feature.agg in ('min', 'max')) -%}
                    {%- do foretell._refuse_view(view.name, "aggregates " ~ column ~ " with `" ~ feature.agg ~ "`, but the column is " ~ type ~ "; sum, avg, min, max and trend take numbers, count_distinct takes any type") -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro -%}
