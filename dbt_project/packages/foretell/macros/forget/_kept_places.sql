{#- Private to foretell.forget: where the stores' schema may hold an entity. Rows, in the tables of
    one prediction that carry its key (what a killed run left included), and texts: what a gate or
    a refusal said may give examples. The stores keep no other keys.

    Nothing here writes a key into SQL: keys are bound, so that no log or file of dbt has them. -#}
{%- macro _kept_places(asked) -%}
    {%- set columns -%}
        select table_name, column_name, data_type
        from information_schema.columns
        where table_catalog = '{{ target.database | replace("'", "''") }}'
            and table_schema = '{{ foretell.stores_schema() | replace("'", "''") }}'
        order by table_name, column_name
    {%- endset -%}
    {%- set places, ours = [], foretell._our_tables() -%}
    {%- for table, column, type in run_query(columns).rows if table in ours -%}
        {#- What scores for a question has then or now in its name. -#}
        {%- set own = modules.re.match('^(.+?)(__then|__now)?__(history|features|staged|scored|query|plain|reasons|backtest|asked|compared|quarantine|set_aside)(__made)?$', table) -%}
        {%- if own and asked.prediction in (none, own.group(1)) -%}
            {%- for entity in asked.entities if entity.column | lower == column | lower -%}
                {%- do places.append({
                    'prediction': own.group(1), 'name': table, 'what': 'rows', 'column': column,
                    'type': type, 'key': entity.key,
                    'entity': asked.entities.index(entity),
                    'relation': foretell._in_stores(table),
                    'where': adapter.quote(column) ~ ' = ' ~ foretell._as_key(type),
                }) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(places) -}}
{%- endmacro -%}


{#- Private to foretell.forget: the texts in the stores that may name an entity of a prediction.
    Only what failed gives examples; a key that is a small number may also be some count there. -#}
{%- macro _kept_texts(asked, prediction) -%}
    {%- set texts = [] -%}
    {%- for store, column, failed in [
        ('validation_results', 'observed', "status <> 'pass'"),
        ('validation_results', 'sample_keys', "status <> 'pass'"),
        ('runs', 'message', "status <> 'success'"),
        ('model_events', 'message', "event = 'gate failed'"),
    ] -%}
        {%- for entity in asked.entities -%}
            {%- do texts.append({
                'prediction': prediction, 'name': store, 'what': 'texts', 'column': column,
                'entity': none, 'key': '(^|[^A-Za-z0-9_.-])' ~ modules.re.escape(entity.key) ~ '([^A-Za-z0-9_]|$)',
                'relation': foretell._in_stores(store),
                'where': failed ~ " and prediction = '" ~ prediction | replace("'", "''") ~ "' and " ~ foretell._names(adapter.quote(column)),
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(texts) -}}
{%- endmacro -%}


{#- Rows of a relation for which a condition with one bound value holds. -#}
{%- macro _count_bound(relation, condition, key) -%}
    {%- set _, cursor = adapter.add_query('select count(*) from ' ~ relation ~ ' where ' ~ condition, bindings=[key]) -%}
    {{- return(cursor.fetchone()[0]) -}}
{%- endmacro -%}


{#- The bound key as a value of a column's type; null where it is none. Text of a fraction is no
    integer, whatever a database rounds it to. -#}
{%- macro _as_key(type) -%}
    {{- return(adapter.dispatch('_as_key', 'foretell')(type)) -}}
{%- endmacro -%}

{%- macro default___as_key(type) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}

{%- macro duckdb___as_key(type) -%}
    {%- if modules.re.match('^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$', type | upper) -%}
        {{- return("try_cast(case when regexp_full_match($1, '\\s*[+-]?\\d+\\s*') then $1 end as " ~ type ~ ")") -}}
    {%- endif -%}
    {%- set decimal = modules.re.match('^DECIMAL\(\d+, ?(\d+)\)$', type | upper) -%}
    {%- if decimal -%}
        {%- set exact = '\\s*[+-]?\\d+([.]\\d{0,' ~ decimal.group(1) ~ '}0*)?\\s*' -%}
        {{- return("try_cast(case when regexp_full_match($1, '" ~ exact ~ "') then $1 end as " ~ type ~ ")") -}}
    {%- endif -%}
    {{- return('try_cast($1 as ' ~ type ~ ')') -}}
{%- endmacro -%}


{#- Whether a text names the bound key, a pattern, as a word of its own. -#}
{%- macro _names(column) -%}
    {{- return(adapter.dispatch('_names', 'foretell')(column)) -}}
{%- endmacro -%}

{%- macro default___names(column) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}

{%- macro duckdb___names(column) -%}
    {{- return('regexp_matches(' ~ column ~ ', $1)') -}}
{%- endmacro -%}


{#- A text without the bound key. Twice: of two that share a delimiter, one pass sees the first. -#}
{%- macro _unnamed(column) -%}
    {{- return(adapter.dispatch('_unnamed', 'foretell')(column)) -}}
{%- endmacro -%}

{%- macro default___unnamed(column) -%}
    {{- foretell._refuse_adapter() -}}
{%- endmacro -%}

{%- macro duckdb___unnamed(column) -%}
    {%- set once = "regexp_replace(" ~ column ~ ", $1, '\\1(forgotten)\\2', 'g')" -%}
    {{- return("regexp_replace(" ~ once ~ ", $1, '\\1(forgotten)\\2', 'g')") -}}
{%- endmacro -%}
